//! A log of a test that behaves like another one in all but a few methods: those it writes itself, the rest it passes on.

/// `pass_on!(log: read, commands)` in an `impl EventLog` writes these methods; each asks `self.log`.
macro_rules! pass_on {
    ($log:tt: $($method:ident),+) => { $(pass_on!(@ $log $method);)+ };
    (@ $log:tt read) => {
        fn read(
            &self,
            conversation: avatardesk::conversation::ConversationId,
            after: u64,
            limit: usize,
        ) -> avatardesk::log::Answer<'_, Result<Option<avatardesk::log::Page>, avatardesk::log::LogError>> {
            self.$log.read(conversation, after, limit)
        }
    };
    (@ $log:tt commands) => {
        fn commands(
            &self,
            conversation: avatardesk::conversation::ConversationId,
        ) -> avatardesk::log::Answer<'_, Result<Vec<avatardesk::log::CommandResult>, avatardesk::log::LogError>>
        {
            self.$log.commands(conversation)
        }
    };
    (@ $log:tt read_from) => {
        fn read_from(
            &self,
            position: u64,
            limit: usize,
        ) -> avatardesk::log::Answer<'_, Result<Vec<avatardesk::log::Record>, avatardesk::log::LogError>> {
            self.$log.read_from(position, limit)
        }
    };
    (@ $log:tt open_after) => {
        fn open_after(
            &self,
            after: Option<avatardesk::conversation::ConversationId>,
            limit: usize,
        ) -> avatardesk::log::Answer<'_, Result<Vec<avatardesk::log::OpenConversation>, avatardesk::log::LogError>>
        {
            self.$log.open_after(after, limit)
        }
    };
    (@ $log:tt erase) => {
        fn erase(
            &self,
            visitor: avatardesk::conversation::VisitorId,
        ) -> avatardesk::log::Answer<'_, Result<bool, avatardesk::log::AppendError>> {
            self.$log.erase(visitor)
        }
    };
}
