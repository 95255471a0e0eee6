//! As much of KVM as it takes to run some instructions at the highest privilege and see how fast.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::check;

const GET_API_VERSION: libc::Ioctl = 0xAE00;
const CREATE_VM: libc::Ioctl = 0xAE01;
const CHECK_EXTENSION: libc::Ioctl = 0xAE03;
/// The extension whose value says which kinds of machines there are, a bit each.
const CAP_VM_TYPES: libc::c_int = 235;

/// A kind of machine, as the kernel numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// An ordinary one.
    Default,
    /// With memory that AMD's SEV-SNP encrypts.
    SevSnp,
    /// With memory that Intel's TDX encrypts.
    Tdx,
}

impl Machine {
    fn number(self) -> libc::c_int {
        match self {
            Self::Default => 0,
            Self::SevSnp => 4,
            Self::Tdx => 5,
        }
    }
}

fn open() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/kvm")
}

/// Makes a machine of the kind and drops it; returns the version of the interface.
pub(crate) fn try_to_create(machine: Machine) -> io::Result<libc::c_int> {
    let kvm = open()?;
    // SAFETY: the descriptor is open and this request takes 0.
    let version = check(unsafe { libc::ioctl(kvm.as_raw_fd(), GET_API_VERSION, 0) })?;
    if machine != Machine::Default {
        // SAFETY: the descriptor is open and this request takes a number.
        let kinds = check(unsafe { libc::ioctl(kvm.as_raw_fd(), CHECK_EXTENSION, CAP_VM_TYPES) })?;
        if kinds & (1 << machine.number()) == 0 {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "KVM has no machines of this kind",
            ));
        }
    }
    create(&kvm, machine).map(|_| version)
}

fn create(kvm: &File, machine: Machine) -> io::Result<OwnedFd> {
    // SAFETY: the descriptor is open and this request takes a machine's kind.
    let machine = check(unsafe { libc::ioctl(kvm.as_raw_fd(), CREATE_VM, machine.number()) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(machine) })
}

/// Runs a loop of so many rounds of two instructions in ring 0 of a new machine with one processor in 64-bit mode; returns
/// the nanoseconds that it took.
#[cfg(target_arch = "x86_64")]
pub(crate) fn loop_in_ring_0(rounds: u64) -> io::Result<u64> {
    x86::Guest::new()?.run(rounds)
}

/// Not known for other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn loop_in_ring_0(_rounds: u64) -> io::Result<u64> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "not tried on this processor",
    ))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::ptr::{self, NonNull};

    use super::super::{check, clock};
    use super::{Machine, create, open};

    const CREATE_VCPU: libc::Ioctl = 0xAE41;
    const VCPU_MMAP_SIZE: libc::Ioctl = 0xAE04;
    const SET_MEMORY: libc::Ioctl = 0x4020_AE46;
    const SET_TSS: libc::Ioctl = 0xAE47;
    const RUN: libc::Ioctl = 0xAE80;
    const SET_REGISTERS: libc::Ioctl = 0x4090_AE82;
    const GET_SPECIAL: libc::Ioctl = 0x8138_AE83_u32 as libc::Ioctl;
    const SET_SPECIAL: libc::Ioctl = 0x4138_AE84;

    /// Bytes of the guest's memory: one great page.
    const MEMORY: usize = 2 << 20;
    /// Where the page tables, one of each level, and the code are.
    const TABLES: [usize; 3] = [0x1000, 0x2000, 0x3000];
    const CODE: usize = 0x4000;
    /// `1: dec rcx; jnz 1b; out 0x10, al; hlt`
    const PROGRAM: [u8; 8] = [0x48, 0xff, 0xc9, 0x75, 0xfb, 0xe6, 0x10, 0xf4];
    /// The guest wrote to a port, which is how it says that it is done.
    const EXIT_IO: u32 = 2;

    /// `kvm_userspace_memory_region`
    #[repr(C)]
    struct Region {
        slot: u32,
        flags: u32,
        guest: u64,
        size: u64,
        host: u64,
    }

    /// `kvm_segment`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Segment {
        base: u64,
        limit: u32,
        selector: u16,
        kind: u8,
        present: u8,
        privilege: u8,
        default_size: u8,
        ordinary: u8,
        long: u8,
        granularity: u8,
        available: u8,
        unusable: u8,
        padding: u8,
    }

    /// `kvm_dtable`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Table {
        base: u64,
        limit: u16,
        padding: [u16; 3],
    }

    /// `kvm_sregs`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Special {
        code: Segment,
        data: [Segment; 5],
        task: Segment,
        local: Segment,
        global_table: Table,
        interrupt_table: Table,
        cr0: u64,
        cr2: u64,
        cr3: u64,
        cr4: u64,
        cr8: u64,
        efer: u64,
        apic_base: u64,
        interrupts: [u64; 4],
    }

    /// `kvm_regs`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Registers {
        rax: u64,
        rbx: u64,
        rcx: u64,
        others: [u64; 13],
        rip: u64,
        rflags: u64,
    }

    /// Memory of this process, freed when dropped.
    struct Mapping {
        start: NonNull<libc::c_void>,
        length: usize,
    }

    impl Mapping {
        fn new(length: usize, file: Option<&OwnedFd>) -> io::Result<Self> {
            let (flags, file) = match file {
                Some(file) => (libc::MAP_SHARED, file.as_raw_fd()),
                None => (libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1),
            };
            let access = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: a new mapping at an address of the kernel's choice touches nothing that is there.
            let start = unsafe { libc::mmap(ptr::null_mut(), length, access, flags, file, 0) };
            match NonNull::new(start) {
                Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(Self { start, length }),
                _ => Err(io::Error::last_os_error()),
            }
        }

        fn write(&self, at: usize, bytes: &[u8]) {
            if at.checked_add(bytes.len()).is_some_and(|end| end <= self.length) {
                // SAFETY: the range was just seen to be within the mapping, and nothing else refers to it while no processor
                // of the guest runs.
                unsafe {
                    let to = self.start.as_ptr().cast::<u8>().add(at);
                    ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
                }
            }
        }

        fn read(&self, at: usize) -> u32 {
            if at + 4 > self.length {
                return 0;
            }
            // SAFETY: the range is within the mapping; the kernel writes it only while the processor runs.
            unsafe { self.start.as_ptr().cast::<u8>().add(at).cast::<u32>().read_unaligned() }
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: the mapping was made in `new` and is freed once. The machine that used it is dropped before.
            unsafe { libc::munmap(self.start.as_ptr(), self.length) };
        }
    }

    /// A machine with one processor. The fields are dropped in this order: nothing runs when memory is freed.
    pub(super) struct Guest {
        processor: OwnedFd,
        state: Mapping,
        _machine: OwnedFd,
        _memory: Mapping,
    }

    impl Guest {
        pub(super) fn new() -> io::Result<Self> {
            let kvm = open()?;
            let machine = create(&kvm, Machine::Default)?;
            let memory = Mapping::new(MEMORY, None)?;
            let entry = |at: usize, value: usize| memory.write(at, &value.to_le_bytes());
            let [top, middle, bottom] = TABLES;
            // Present and writable; the last one a great page from 0 on.
            entry(top, middle | 0x3);
            entry(middle, bottom | 0x3);
            entry(bottom, 0x83);
            memory.write(CODE, &PROGRAM);
            let region = Region {
                slot: 0,
                flags: 0,
                guest: 0,
                size: MEMORY as u64,
                host: memory.start.as_ptr() as u64,
            };
            // SAFETY: the region has the kernel's layout, and its memory lives until the machine is dropped.
            check(unsafe { libc::ioctl(machine.as_raw_fd(), SET_MEMORY, &raw const region) })?;
            // Older Intel processors need three pages of the guest for themselves; elsewhere this does nothing.
            // SAFETY: this request takes a guest's address.
            unsafe { libc::ioctl(machine.as_raw_fd(), SET_TSS, 0xFFFB_D000_u64) };
            // SAFETY: this request takes the number of a processor.
            let processor = check(unsafe { libc::ioctl(machine.as_raw_fd(), CREATE_VCPU, 0) })?;
            // SAFETY: the descriptor was just made and nobody else owns it.
            let processor = unsafe { OwnedFd::from_raw_fd(processor) };
            // SAFETY: this request takes 0.
            let size = check(unsafe { libc::ioctl(kvm.as_raw_fd(), VCPU_MMAP_SIZE, 0) })?;
            let state = Mapping::new(usize::try_from(size).unwrap_or(0), Some(&processor))?;
            let guest = Self {
                processor,
                state,
                _machine: machine,
                _memory: memory,
            };
            guest.enter_long_mode()?;
            Ok(guest)
        }

        fn enter_long_mode(&self) -> io::Result<()> {
            let mut special = Special::default();
            // SAFETY: the place has the kernel's layout and size.
            check(unsafe { libc::ioctl(self.processor.as_raw_fd(), GET_SPECIAL, &raw mut special) })?;
            let segment = Segment {
                limit: u32::MAX,
                present: 1,
                ordinary: 1,
                granularity: 1,
                ..Segment::default()
            };
            special.code = Segment {
                selector: 0x8,
                kind: 0xb,
                long: 1,
                ..segment
            };
            special.data = [Segment {
                selector: 0x10,
                kind: 0x3,
                default_size: 1,
                ..segment
            }; 5];
            let [top, ..] = TABLES;
            special.cr3 = top as u64;
            // Physical address extension; long mode enabled and active; protection, paging and what goes with them.
            special.cr4 = 0x20;
            special.efer = 0x500;
            special.cr0 = 0x8005_0033;
            // SAFETY: the registers have the kernel's layout and size.
            check(unsafe { libc::ioctl(self.processor.as_raw_fd(), SET_SPECIAL, &raw const special) }).map(drop)
        }

        pub(super) fn run(&self, rounds: u64) -> io::Result<u64> {
            let registers = Registers {
                rcx: rounds,
                rip: CODE as u64,
                rflags: 0x2,
                ..Registers::default()
            };
            // SAFETY: the registers have the kernel's layout and size.
            check(unsafe { libc::ioctl(self.processor.as_raw_fd(), SET_REGISTERS, &raw const registers) })?;
            let before = clock::monotonic_ns();
            // SAFETY: this request takes 0. The guest can reach its own memory alone.
            check(unsafe { libc::ioctl(self.processor.as_raw_fd(), RUN, 0) })?;
            let took = clock::monotonic_ns() - before;
            match self.state.read(8) {
                EXIT_IO => Ok(took),
                other => Err(io::Error::other(format!("the guest stopped for the reason {other}"))),
            }
        }
    }
}
