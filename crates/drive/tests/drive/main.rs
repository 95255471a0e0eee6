//! What the drivers really do, on this host.
//!
//! The binary is its own runner, so it has its own `main`: it becomes a runner if asked, plays a part in another test
//! (`--part NAME`), or runs the tests. After each test it checks that nothing was left behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests fail by panicking and report by printing"
)]

mod cache;
mod components;
mod doctor;
mod example;
mod grants;
mod harness;
mod limits;
mod modules;
mod parts;
mod refused;
mod runs;
mod serving;
mod signals;
mod stacks;
mod unprivileged;
mod watched;
mod world;

use harness::test;

fn main() {
    stackwright_drive::enter_runner_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [part, name, rest @ ..] = arguments.as_slice()
        && part == parts::ARGUMENT
    {
        parts::play(name, rest);
        return;
    }
    harness::main(
        &arguments,
        &[
            test!(runs::hello_in_every_stack),
            test!(runs::arguments_and_environment),
            test!(runs::standard_input),
            test!(runs::everything_of_wasi_works_under_the_filter),
            test!(runs::the_workloads_own_exit_code),
            test!(runs::traps),
            test!(runs::a_start_function_runs_too),
            test!(runs::figures_are_measured),
            test!(runs::runs_at_the_same_time),
            test!(runs::output_is_passed_through),
            test!(runs::a_reader_that_goes_away),
            test!(serving::answers_come_in_order_from_new_instances),
            test!(serving::each_request_has_its_own_limits),
            test!(serving::sleeping_takes_no_longer_than_allowed),
            test!(serving::folders_are_not_given),
            test!(serving::requests_are_answered_at_once),
            test!(serving::what_a_pool_has_no_place_for),
            test!(components::run_in_every_stack),
            test!(components::ends_and_limits),
            test!(components::answer_requests),
            test!(components::what_is_refused),
            test!(components::many_memories_are_bounded_together),
            test!(watched::a_container_from_outside),
            test!(watched::a_sandbox_from_outside),
            test!(watched::without_layers_nothing_is_hidden),
            test!(stacks::a_command_in_every_form),
            test!(stacks::a_module_in_every_form),
            test!(stacks::a_command_with_a_terminal),
            test!(stacks::what_is_refused_inside),
            test!(stacks::changes_stay_in_the_overlay),
            test!(stacks::grants_are_all_that_is_given),
            test!(stacks::what_is_wrong_is_said_before_the_start),
            test!(stacks::limits_hold_against_hostile_commands),
            test!(stacks::set_user_id_programs_gain_nothing),
            test!(stacks::variables_are_not_in_arguments_or_records),
            test!(stacks::runs_at_once_do_not_collide),
            test!(stacks::a_folder_that_is_exchanged_for_a_link),
            test!(stacks::a_folder_of_others_is_not_given_to_runtimes),
            test!(grants::reading_only),
            test!(grants::reading_and_writing),
            test!(grants::nothing_outside),
            test!(grants::in_every_stack),
            test!(grants::a_directory_that_the_workload_may_not_open),
            test!(limits::an_endless_loop),
            test!(limits::an_endless_sleep),
            test!(limits::waiting_for_input_that_never_comes),
            test!(limits::a_flood_of_output),
            test!(limits::a_memory_eater),
            test!(limits::a_refused_growth),
            test!(limits::the_least_memory),
            test!(refused::files_that_are_no_command),
            test!(refused::imports_that_cannot_be_given),
            test!(refused::another_digest),
            test!(refused::grants),
            test!(refused::arguments),
            test!(refused::layers_in_another_order),
            test!(refused::less_memory_than_the_module_starts_with),
            test!(cache::the_second_run_compiles_nothing),
            test!(cache::a_damaged_entry_is_compiled_again),
            test!(cache::a_directory_of_others_is_not_used),
            test!(signals::a_terminated_supervisor_cleans_up),
            test!(signals::a_killed_supervisor_takes_its_workload_along),
            test!(unprivileged::every_stack_as_an_ordinary_user),
            test!(unprivileged::commands_as_an_ordinary_user),
            test!(unprivileged::root_without_user_namespaces),
            test!(unprivileged::a_layer_that_cannot_be_had),
            test!(doctor::what_it_says),
            test!(doctor::nothing_is_left_by_programs_that_hang),
            test!(doctor::left_trials_are_taken_away),
            test!(example::the_module_is_the_text),
            test!(example::requests),
        ],
    );
}
