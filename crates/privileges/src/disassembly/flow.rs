//! What is known where in a program: what the accumulator holds, and of which architecture the call is. Classic BPF only
//! jumps forward, so one pass from the start suffices.
use kernel::Instruction;

/// What the accumulator holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loaded {
    Number,
    Architecture,
    Other,
}

/// What is known before an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub loaded: Loaded,
    pub architecture: Option<u32>,
}

/// What is known before each instruction; nothing of one that no way leads to.
pub(super) struct Flow(Vec<Option<State>>);

const START: State = State {
    loaded: Loaded::Other,
    architecture: None,
};

/// Classes of instructions (`BPF_CLASS`).
const LOAD: u16 = 0;
const ARITHMETIC: u16 = 4;
const JUMP: u16 = 5;
const RETURN: u16 = 6;

const JUMP_ALWAYS: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const LOAD_FIELD: u16 = 0x20;
const INDEX_TO_ACCUMULATOR: u16 = 0x87;

/// Where a jump of this distance leads.
pub(super) fn target(place: usize, distance: u32) -> usize {
    place.saturating_add(1).saturating_add(distance as usize)
}

impl Flow {
    pub fn new(length: usize) -> Self {
        let mut states = vec![None; length];
        if let Some(first) = states.first_mut() {
            *first = Some(START);
        }
        Self(states)
    }

    /// What is known before the instruction at `place`. Has to be asked of every place, in order.
    pub fn step(&mut self, place: usize, instruction: Instruction) -> State {
        let before = self.0[place].unwrap_or(START);
        let Instruction {
            code,
            if_true,
            if_false,
            operand,
        } = instruction;
        let next = target(place, 0);
        match (code, code & 0x07) {
            (LOAD_FIELD, _) => self.lead(next, before.with(field(operand))),
            (JUMP_ALWAYS, _) => self.lead(target(place, operand), before),
            (_, JUMP) => {
                let met = before.after(code, operand);
                self.lead(target(place, if_true.into()), met);
                self.lead(target(place, if_false.into()), before);
            }
            (_, RETURN) => {}
            (_, LOAD | ARITHMETIC) | (INDEX_TO_ACCUMULATOR, _) => {
                self.lead(next, before.with(Loaded::Other));
            }
            _ => self.lead(next, before),
        }
        before
    }

    /// A place that is reached in several ways knows what all of them know.
    fn lead(&mut self, place: usize, state: State) {
        let Some(known) = self.0.get_mut(place) else {
            return;
        };
        let both = known.map_or(state, |other| State {
            loaded: if other.loaded == state.loaded {
                state.loaded
            } else {
                Loaded::Other
            },
            architecture: state
                .architecture
                .filter(|_| other.architecture == state.architecture),
        });
        *known = Some(both);
    }
}

impl State {
    fn with(self, loaded: Loaded) -> Self {
        Self { loaded, ..self }
    }

    /// Where a comparison holds.
    fn after(self, code: u16, operand: u32) -> Self {
        match (code, self.loaded) {
            (JUMP_IF_EQUAL, Loaded::Architecture) => Self {
                architecture: Some(operand),
                ..self
            },
            _ => self,
        }
    }
}

/// Of `seccomp_data`, by its offset.
fn field(offset: u32) -> Loaded {
    match offset {
        0 => Loaded::Number,
        4 => Loaded::Architecture,
        _ => Loaded::Other,
    }
}
