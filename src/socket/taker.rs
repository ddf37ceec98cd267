//! Who takes what a conversation brings.

use nlmsg::Message;

use crate::exchange::Event;

/// Takes the events of a conversation, one by one, and can end it with an error.
pub(super) trait Taker<E> {
    /// Takes an event.
    fn event(&mut self, event: Event<'_>) -> Result<(), E>;

    /// Takes an object of a list. There can be a million, and an event is large.
    fn object(&mut self, message: Message<'_>) -> Result<(), E>;
}

impl<E, F: FnMut(Event<'_>) -> Result<(), E>> Taker<E> for F {
    fn event(&mut self, event: Event<'_>) -> Result<(), E> {
        self(event)
    }

    fn object(&mut self, message: Message<'_>) -> Result<(), E> {
        self(Event::Message { index: 0, message })
    }
}

/// Takes objects only.
pub(super) struct Objects<F>(pub(super) F);

impl<E, F: FnMut(Message<'_>) -> Result<(), E>> Taker<E> for Objects<F> {
    fn event(&mut self, event: Event<'_>) -> Result<(), E> {
        match event {
            Event::Message { message, .. } => self.0(message),
            _ => Ok(()),
        }
    }

    fn object(&mut self, message: Message<'_>) -> Result<(), E> {
        self.0(message)
    }
}
