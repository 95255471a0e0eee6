//! Serving: each line of standard input is answered by an instance of the module of its own.
//!
//! Everything happens in the one thread that the workload's process has. Instances come from a pool whose slots are made
//! before the lock-down; their memories are images that are copied where they are written to. A timer that counts the
//! process's own processor time makes an instance that computes give way to the others, and to its time limit.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::timeout;
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use super::guest::{context, shortened};
use super::lines::{Lines, Request};
use crate::linked::Linked;
use crate::module::one_line;
use crate::protocol::{Failure, GuestInstructions, Served, Serving};

/// How long a request that comes while others are being answered may wait until it is seen.
const LOOK: Duration = Duration::from_millis(1);

/// What answers requests.
pub(super) struct Server {
    instances: Rc<Instances>,
    streams: [File; 3],
}

/// What every instance is made from.
pub(super) struct Instances {
    pub(super) engine: Engine,
    pub(super) linked: Rc<Linked>,
    pub(super) guest: GuestInstructions,
    pub(super) serving: Serving,
}

#[derive(Default)]
struct Answer {
    output: Vec<u8>,
    errors: Vec<u8>,
    /// Why it is not a good answer.
    failure: Option<String>,
    refused_growth: u64,
}

impl Server {
    /// These streams are the workload's: requests, answers, errors.
    pub(super) fn new(instances: Instances, streams: [File; 3]) -> Self {
        Self {
            instances: Rc::new(instances),
            streams,
        }
    }

    /// Answers requests until there are no more, so many at once as is allowed. Answers come in the order of the requests.
    pub(super) async fn answer_all(self) -> io::Result<Served> {
        let [input, mut output, mut errors] = self.streams;
        let mut lines = Lines::new(input, self.instances.serving.request_bytes);
        let give = |served: &mut Served, answer: Answer| -> io::Result<()> {
            served.requests += 1;
            served.refused_growth += answer.refused_growth;
            let mut text = answer.output;
            if !text.ends_with(b"\n") {
                text.push(b'\n');
            }
            output.write_all(&text)?;
            errors.write_all(&answer.errors)?;
            if let Some(failure) = answer.failure {
                served.failed += 1;
                writeln!(errors, "request {}: {failure}", served.requests)?;
            }
            Ok(())
        };
        LocalSet::new()
            .run_until(take_turns(&self.instances, &mut lines, give))
            .await
    }
}

async fn take_turns(
    instances: &Rc<Instances>,
    lines: &mut Lines,
    mut give: impl FnMut(&mut Served, Answer) -> io::Result<()>,
) -> io::Result<Served> {
    let at_once = usize::try_from(instances.serving.at_once).unwrap_or(usize::MAX);
    let mut under_way: VecDeque<JoinHandle<Answer>> = VecDeque::new();
    let mut served = Served::default();
    loop {
        let has_room = |under_way: &VecDeque<_>| under_way.len() < at_once;
        while has_room(&under_way)
            && let Some(request) = lines.next(under_way.is_empty())?
        {
            under_way.push_back(spawn_local(Rc::clone(instances).answer(request)));
        }
        let may_take = has_room(&under_way) && !lines.at_end();
        let Some(first) = under_way.front_mut() else {
            return Ok(served);
        };
        let answered = if may_take {
            timeout(LOOK, first).await.ok()
        } else {
            Some(first.await)
        };
        if let Some(answered) = answered {
            under_way.pop_front();
            give(
                &mut served,
                answered.unwrap_or_else(|error| Answer::failed(error.to_string())),
            )?;
        }
    }
}

impl Instances {
    /// Answers one request by an instance of its own, within the bounds on each.
    async fn answer(self: Rc<Self>, request: Request) -> Answer {
        let Request::Line(line) = request else {
            return Answer::failed(format!("it is longer than {} bytes", self.serving.request_bytes));
        };
        let most = self.serving.answer_bytes;
        let (output, errors) = (MemoryOutputPipe::new(most), MemoryOutputPipe::new(most));
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdin(MemoryInputPipe::new(line));
        wasi.stdout(output.clone()).stderr(errors.clone());
        let mut answer = Answer::default();
        let state = match context(&self.guest, false, wasi) {
            Ok(state) => state,
            Err(Failure::Layer(failure)) => return Answer::failed(failure.detail),
            Err(Failure::Grant(failure)) => return Answer::failed(failure.detail),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limiter);
        // From one tick to the next it may compute, then others have their turn.
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let run = self.linked.run(&mut store, || ());
        answer.failure = match timeout(Duration::from_millis(self.serving.time_ms), run).await {
            Err(_) => Some(format!("it took longer than {} ms", self.serving.time_ms)),
            Ok(Ok(())) => None,
            Ok(Err(error)) => match error.downcast_ref::<I32Exit>() {
                Some(I32Exit(0)) => None,
                Some(I32Exit(code)) => Some(format!("it ended with exit code {code}")),
                None => Some(shortened(&one_line(&error))),
            },
        };
        answer.refused_growth = store.data().limiter.refused();
        drop(store);
        answer.output = output.contents().to_vec();
        answer.errors = errors.contents().to_vec();
        if answer.output.len() >= most || answer.errors.len() >= most {
            answer.failure = Some(format!("it wrote more than {most} bytes"));
        }
        answer
    }
}

impl Answer {
    fn failed(why: String) -> Self {
        Self {
            failure: Some(why),
            ..Self::default()
        }
    }
}
