//! The names of all texts. A typing mistake in a name does not compile; a missing text fails a test.

/// The name of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(&'static str);

impl Id {
    /// As in the text files.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Id = Id($text);)*

        /// Every name.
        pub const ALL: &[Id] = &[$($name),*];
    };
}

ids! {
    // Attract
    ATTRACT_TITLE = "attract-title";
    ATTRACT_TOUCH = "attract-touch";
    ATTRACT_WALK = "attract-walk";
    ATTRACT_COME = "attract-come";
    ATTRACT_BEGIN = "attract-begin";
    ATTRACT_TOPICS = "attract-topics";
    ATTRACT_PRIVACY = "attract-privacy";

    // The screen on the wall
    WALL_NUMBER = "wall-number";

    // Welcome and consent
    WELCOME_TITLE = "welcome-title";
    WELCOME_CHOOSE_LANGUAGE = "welcome-choose-language";
    WELCOME_I_AM_A_BOT = "welcome-i-am-a-bot";
    LANGUAGE_ENGLISH = "language-english";
    LANGUAGE_CHINESE = "language-chinese";
    CONSENT_TITLE = "consent-title";
    CONSENT_VOICE = "consent-voice";
    CONSENT_NOTHING_RECORDED = "consent-nothing-recorded";
    CONSENT_NEVER_SECRETS = "consent-never-secrets";
    BUTTON_TALK = "button-talk";
    BUTTON_TYPE_ONLY = "button-type-only";
    PRIVATE_ONLY = "private-only";

    // The state of a conversation
    STATE_LISTENING = "state-listening";
    STATE_HEARING = "state-hearing";
    STATE_THINKING = "state-thinking";
    STATE_SPEAKING = "state-speaking";
    STATE_MUTED = "state-muted";
    STATE_HOLD_TO_TALK = "state-hold-to-talk";
    STATE_TYPE = "state-type";

    // Hints and buttons
    HINT_TYPE = "hint-type";
    HINT_CORRECT = "hint-correct";
    HINT_INTERRUPT = "hint-interrupt";
    HINT_SPACE = "hint-space";
    BUTTON_SEND = "button-send";
    BUTTON_STOP = "button-stop";
    BUTTON_MUTE = "button-mute";
    BUTTON_UNMUTE = "button-unmute";
    BUTTON_HOLD_TO_TALK = "button-hold-to-talk";
    BUTTON_HANDS_FREE = "button-hands-free";
    BUTTON_PERSON = "button-person";
    BUTTON_BROWSE = "button-browse";
    BUTTON_BACK = "button-back";
    BUTTON_CLOSE = "button-close";
    BUTTON_LEAVE = "button-leave";
    BUTTON_LANGUAGE = "button-language";
    BUTTON_YES = "button-yes";
    BUTTON_NO = "button-no";
    BUTTON_SKIP = "button-skip";
    BUTTON_DONE = "button-done";
    BUTTON_STAY = "button-stay";
    BUTTON_UNDERSTOOD = "button-understood";
    BUTTON_CORRECT = "button-correct";
    BUTTON_CANCEL = "button-cancel";
    BUTTON_ASK_THIS = "button-ask-this";
    BUTTON_MORE = "button-more";
    BUTTON_SETTINGS = "button-settings";
    SETTING_VOLUME = "setting-volume";
    SETTING_QUIET = "setting-quiet";
    SETTING_TEXT_SIZE = "setting-text-size";
    SETTING_REDUCE_MOTION = "setting-reduce-motion";
    SETTING_HIGH_CONTRAST = "setting-high-contrast";
    BUTTON_KEYBOARD = "button-keyboard";
    KEY_UPPER = "key-upper";
    KEY_DELETE = "key-delete";
    KEY_ENTER = "key-enter";
    KEY_SPACE = "key-space";
    KEY_HIDE = "key-hide";
    KEY_CHINESE = "key-chinese";
    SIZE_NORMAL = "size-normal";
    SIZE_LARGE = "size-large";
    SIZE_LARGEST = "size-largest";

    // Suggestions and browsing
    SUGGESTIONS_TITLE = "suggestions-title";
    CHOICES_TITLE = "choices-title";
    BROWSE_TITLE = "browse-title";
    BROWSE_EMPTY = "browse-empty";
    BROWSE_SEARCH = "browse-search";
    ARTICLE_SHORT = "article-short";
    ARTICLE_LONG = "article-long";
    ARTICLE_EXPERT = "article-expert";
    ARTICLE_REVIEWED = "article-reviewed";

    // Who speaks
    WHO_YOU = "who-you";
    WHO_BOT = "who-bot";
    WHO_PERSON = "who-person";
    WHO_NOBODY = "who-nobody";
    CAPTION_MENDED = "caption-mended";
    CAPTION_SENT = "caption-sent";
    CAPTION_DELIVERED = "caption-delivered";
    CAPTION_SEEN = "caption-seen";

    // What the kiosk says by itself
    ASK_BACK = "ask-back";
    SAY_AGAIN = "say-again";
    NOT_HEARD = "not-heard";
    NOT_HEARD_TYPE = "not-heard-type";
    STILL_THINKING = "still-thinking";
    OFFER_WAYS = "offer-ways";
    PERSON_JOINED = "person-joined";
    PERSON_LEFT = "person-left";
    PERSON_AWAY = "person-away";
    WAITING_FOR_PERSON = "waiting-for-person";
    WAITING_PLACE = "waiting-place";
    WAITING_ESTIMATE = "waiting-estimate";
    WAITING_SOON = "waiting-soon";
    TRANSFERRED = "transferred";
    NO_ANSWER = "no-answer";
    PILOT_AWAY = "pilot-away";
    PASSED_TO_DESK = "passed-to-desk";

    // Nobody is there
    NOBODY_THERE = "nobody-there";
    BUTTON_MESSAGE = "button-message";
    BUTTON_NO_MESSAGE = "button-no-message";
    MESSAGE_PROMPT = "message-prompt";
    MESSAGE_LEFT = "message-left";
    MESSAGE_DECLINED = "message-declined";

    // Secrets
    SECRET_TITLE = "secret-title";
    SECRET_SPOKEN = "secret-spoken";
    SECRET_SPOKEN_CARD = "secret-spoken-card";
    SECRET_SPOKEN_IDENTITY = "secret-spoken-identity";
    SECRET_SHOWN_WALLET = "secret-shown-wallet";
    SECRET_SHOWN_CARD = "secret-shown-card";
    SECRET_SHOWN_IDENTITY = "secret-shown-identity";
    SECRET_SHOWN_ACCESS = "secret-shown-access";
    SECRET_MASKED = "secret-masked";
    SECRET_KIND_SEED_PHRASE = "secret-kind-seed-phrase";
    SECRET_KIND_PRIVATE_KEY = "secret-kind-private-key";
    SECRET_KIND_CARD = "secret-kind-card";
    SECRET_KIND_IDENTITY = "secret-kind-identity";
    SECRET_KIND_OTHER = "secret-kind-other";

    // Idle, connection
    IDLE_TITLE = "idle-title";
    IDLE_COUNTDOWN = "idle-countdown";
    RECONNECTING = "reconnecting";
    RECONNECTING_SAFE = "reconnecting-safe";
    RECONNECTED = "reconnected";

    // The end
    RATING_TITLE = "rating-title";
    RATING_STARS = "rating-stars";
    RESOLVED_QUESTION = "resolved-question";
    FAREWELL = "farewell";
    FAREWELL_PRIVACY = "farewell-privacy";
    VISIT_ENDED = "visit-ended";

    // Notices about the kiosk
    NOTICE_NO_MICROPHONE = "notice-no-microphone";
    NOTICE_NO_LOUDSPEAKER = "notice-no-loudspeaker";
    NOTICE_NO_VOICE = "notice-no-voice";
    NOTICE_STAND_IN_VOICE = "notice-stand-in-voice";
    NOTICE_NO_SPEECH_MODEL = "notice-no-speech-model";
    NOTICE_LANGUAGE_NOT_HEARD = "notice-language-not-heard";
    NOTICE_SMALL_MODEL = "notice-small-model";
    NOTICE_SCENE_BROKEN = "notice-scene-broken";
    NOTICE_AVATAR_BROKEN = "notice-avatar-broken";
    NOTICE_RELAY_UNREACHABLE = "notice-relay-unreachable";
    LOADING = "loading";

    // Refusals
    ERROR_TOO_LONG = "error-too-long";
    ERROR_NOT_SENT = "error-not-sent";

    // The bot
    BOT_NOT_UNDERSTOOD = "bot-not-understood";
    BOT_SAY_IT_DIFFERENTLY = "bot-say-it-differently";
    BOT_DID_YOU_MEAN_ONE = "bot-did-you-mean-one";
    BOT_DID_YOU_MEAN_TWO = "bot-did-you-mean-two";
    BOT_DID_YOU_MEAN_THREE = "bot-did-you-mean-three";
    BOT_OFFER_PERSON = "bot-offer-person";
    BOT_FETCHING_PERSON = "bot-fetching-person";
    BOT_PERSON_COMING = "bot-person-coming";
    BOT_SECRET_REMOVED = "bot-secret-removed";
    BOT_ANYTHING_ELSE = "bot-anything-else";
    BOT_TOO_SLOW = "bot-too-slow";
    BOT_TOO_SLOW_PERSON_COMING = "bot-too-slow-person-coming";

    // For the host
    DEVICES_TITLE = "devices-title";
    DEVICES_MICROPHONE = "devices-microphone";
    DEVICES_LOUDSPEAKER = "devices-loudspeaker";
    DEVICES_USUAL = "devices-usual";
    DEVICES_LOOKING = "devices-looking";
    DEVICES_NONE = "devices-none";
    DEVICES_LOOK = "devices-look";
}
