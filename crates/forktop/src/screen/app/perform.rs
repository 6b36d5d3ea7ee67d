//! What each action does.
use super::search::Way;
use super::{App, Newest};
use crate::screen::action::{Action, Motion};
use crate::screen::effect::Effect;
use crate::screen::layout::Focus;

impl App {
    /// Does what was asked for.
    pub(super) fn perform(&mut self, action: Action) -> Vec<Effect> {
        self.change();
        match action {
            Action::Go(motion) => return self.go(motion),
            Action::Creator => self.go_to_creator(),
            Action::Toggle => self.toggle(),
            Action::Left => self.left(),
            Action::Right => self.right(),
            Action::ToggleAll if self.tree.folds_any() => self.tree.unfold_all(),
            Action::ToggleAll | Action::FoldAll => self.tree.fold_all(self.history.model()),
            Action::UnfoldAll => self.tree.unfold_all(),
            Action::Ask(question) => self.ask(question),
            Action::NextMatch => return self.next_match(Way::Forward),
            Action::PreviousMatch => return self.next_match(Way::Back),
            Action::Open(window) => return self.open(window),
            Action::Threads => self.tree.cycle_threads(),
            Action::Ended => self.tree.toggle_ended(),
            Action::Follow => self.follow_newest(),
            Action::Pause => self.pause(),
            Action::Travel(travel) => self.travel(travel),
            Action::NextFocus => self.next_focus(),
            Action::Show(tab) => return self.show(tab),
            Action::Base => self.mark_base(),
            Action::Freeze => return self.of_selected(Effect::Freeze),
            Action::Continue => return self.of_selected(Effect::Continue),
            Action::Look => return self.of_selected(Effect::Look),
            Action::Copy => return self.copied(),
            Action::Enter(mode) => return self.enter(mode),
            Action::Turn(way) => self.turn_terminals(way),
            Action::CloseShell => return self.close_shell(),
            Action::Type => self.give_keys(Focus::Terminal),
            Action::TypeWhole => self.give_keys(Focus::WholeTerminal),
            Action::Return => self.focus = Focus::Tree,
            Action::Escape => self.escape(),
            Action::Accept => return self.accept(),
            Action::Close => self.close(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::LetGo => return vec![Effect::Detach],
            Action::Kill => return vec![Effect::Kill],
            Action::Edit(edit) => self.edit(edit),
            Action::Recall(recall) => self.recall(recall),
        }
        Vec::new()
    }

    fn go(&mut self, motion: Motion) -> Vec<Effect> {
        match (self.opened, self.focus) {
            (Some(_), _) => self.go_in_window(motion),
            (None, Focus::Tree) => self.go_in_tree(motion),
            (None, Focus::Detail) => self.go_in_detail(motion),
            (None, Focus::Terminal | Focus::WholeTerminal) => return self.go_in_terminal(motion),
        }
        Vec::new()
    }

    fn follow_newest(&mut self) {
        self.newest = match self.newest {
            Newest::Ignored => Newest::Followed,
            Newest::Followed => Newest::Ignored,
        };
        let last = self
            .model()
            .processes()
            .next_back()
            .map(|process| process.id);
        if let Some(last) = last.filter(|_| self.newest == Newest::Followed) {
            self.tree.reveal(last, self.history.model());
        }
    }
}
