# What visitors read and hear, in English. Every id is also in zh.ftl and in src/texts/id.rs.

## Nobody is there

attract-title = Hello! Can I help you?
attract-touch = Touch the screen
attract-walk = Walk up to me: use the arrow keys, or touch where you want to go. Drag to look around.
attract-come = Go to the desk
attract-begin = Start
attract-topics = Ask me about wallets, tokens, virtual land, events and more
attract-privacy = No account, no name: just ask

wall-number = Your number

## Welcome and consent

welcome-title = Welcome!
welcome-choose-language = Choose your language
welcome-i-am-a-bot = I am a bot. A person can take over whenever you like.
language-english = English
language-chinese = 中文
consent-title = Shall we talk?
consent-voice = If you agree, I use the microphone during this visit to hear your questions.
consent-nothing-recorded = Your voice is turned into text here and is not recorded.
consent-never-secrets = I never need a password, a seed phrase or a private key. Please keep them to yourself.
button-talk = Talk to me
button-type-only = I would rather type
private-only = The microphone is off at this desk: please type.

## The state of a conversation

state-listening = I am listening
state-hearing = I hear you
state-thinking = One moment, I am thinking
state-speaking = Speaking
state-muted = The microphone is muted
state-hold-to-talk = Hold the button and speak
state-type = Type your question

## Hints and buttons

hint-type = Type here
hint-correct = Not what you said? Tap your words to mend them.
hint-interrupt = You can interrupt me at any time
hint-space = Hold the space bar to talk
button-send = Send
button-stop = Stop
button-mute = Mute
button-unmute = Unmute
button-hold-to-talk = Hold to talk
button-hands-free = Hands-free
button-person = Ask for a person
button-browse = All questions
button-back = Back
button-close = Close
button-leave = Goodbye
button-language = Language
button-yes = Yes
button-no = No
button-skip = Skip
button-done = Done
button-stay = I am still here
button-understood = Understood
button-correct = Mend
button-cancel = Cancel
button-ask-this = Ask this
button-more = Tell me more
button-settings = Settings
setting-volume = Volume
setting-quiet = Read only
setting-text-size = Text size
setting-reduce-motion = Less motion
setting-high-contrast = High contrast
button-keyboard = Keyboard on the screen
key-upper = Shift
key-delete = Delete
key-enter = Enter
key-space = Space
key-hide = Hide
key-chinese = Pinyin
size-normal = Normal
size-large = Large
size-largest = Largest

## Suggestions and browsing

suggestions-title = You could ask
choices-title = Choose, or say it
browse-title = What people ask
browse-empty = Nothing found. Try another word.
browse-search = Search
article-short = In short
article-long = In more detail
article-expert = For experts
article-reviewed = Reviewed on { $date }

## Who speaks

who-you = You
who-bot = { $name } (bot)
who-person = { $name } (a person)
who-nobody = Nobody is at the desk
caption-mended = mended
caption-sent = sent
caption-delivered = delivered
caption-seen = seen

## What the kiosk says by itself

ask-back = Did you say: “{ $heard }”?
say-again = Sorry. Please say it once more.
not-heard = Sorry, I did not catch that. Could you say it again?
not-heard-type = I still cannot hear you well. You can also type your question.
still-thinking = I am still looking. One moment, please.
offer-ways = This takes longer than it should. You can wait, type your question again, or ask for a person.
person-joined = { $name }, a person, is with you now.
person-left = I am your bot again. How can I help?
person-away = The line to { $name } is broken. One moment, please: { $name } will be right back.
waiting-for-person = I have asked a person to come. You can go on asking me meanwhile.
waiting-place = You are number { $place } in the queue.
waiting-estimate = You are number { $place } in the queue. That usually takes { $low } to { $high } minutes.
waiting-soon = You are number { $place } in the queue. That usually takes about a minute.
transferred = I am fetching somebody who knows more about it. One moment, please.
no-answer = I am sorry that you had to wait for an answer. I am asking another person, and you keep your place.
pilot-away = { $name } is with somebody else or away for a moment. Your words are there and will be read.
passed-to-desk = You have been passed on to the desk “{ $desk }”. Somebody there will be with you here.

## Nobody is there to come

nobody-there = None of our people is here right now. Would you like to leave a message? The next person will read it.
button-message = Leave a message
button-no-message = No message
message-prompt = Please say or type your message, and how you can be reached if you want an answer.
message-left = Thank you. I keep your message, and the next person reads it.
message-declined = All right. Ask me whatever you like meanwhile.

## Secrets

secret-title = Please keep that secret!
secret-spoken = Let me stop you there, kindly. That sounded like a secret. I have hidden it. Nobody who means well will ever ask for it: not me, not a person here, not any support.
secret-spoken-card = Let me stop you there, kindly. That sounded like a card number. I have hidden it. Nobody at this desk needs it: not me, and no person here.
secret-spoken-identity = Let me stop you there, kindly. That sounded like an identity number. I have hidden it. Nobody at this desk needs it: not me, and no person here.
secret-shown-wallet = Whoever knows your seed phrase or private key owns everything in your wallet. So nobody may ever ask you for it. If you have told anyone, move your assets to a new wallet.
secret-shown-card = Whoever knows the number of your card may pay with it. Nobody at this desk needs it. If you have told anyone you do not trust, call your bank and have the card blocked.
secret-shown-identity = Whoever knows this number may pretend to be you. Nobody at this desk needs it. If you have told anyone you do not trust, ask the office that gave you the document what to do.
secret-shown-access = Whoever knows your password or a code that was sent to you can enter your account. So nobody may ever ask you for it. If you have told anyone, change your password at once.
secret-masked = This was hidden before it left the screen: { $kind }
secret-kind-seed-phrase = seed phrase
secret-kind-private-key = private key
secret-kind-card = card number
secret-kind-identity = identity number
secret-kind-other = password or code

## Idle, connection

idle-title = Are you still there?
idle-countdown = Everything on this screen is cleared in { $seconds } s.
reconnecting = One moment, I am reconnecting
reconnecting-safe = Nothing you said is lost.
reconnected = I am back.

## The end

rating-title = How was it?
rating-stars = { $stars } of 5 stars
resolved-question = Was your question answered?
farewell = Thank you for coming. Goodbye!
farewell-privacy = This screen forgets our conversation now.
visit-ended = This visit has ended. Touch the screen to begin a new one.

## Notices about the kiosk

notice-no-microphone = No microphone was found: please type your question.
notice-no-loudspeaker = No loudspeaker was found: please read the captions.
notice-no-voice = No voice is installed: please read the captions.
notice-stand-in-voice = This desk speaks with a plainer voice than usual at the moment.
notice-no-speech-model = No speech model was found: please type your question.
notice-language-not-heard = This desk does not understand your language by ear: please type your question.
notice-small-model = A small built-in speech model is in use: short, clear questions work best.
notice-scene-broken = The scene file has an error, so the last good scene is shown. For the host: `avatardesk scene check` says where it is.
notice-avatar-broken = The avatar of this scene cannot be shown, so another one stands here. For the host: `avatardesk avatar check` says why.
notice-relay-unreachable = The desk cannot be reached now: please try again in a moment.
loading = Just a moment, the desk is opening

## Refusals

error-too-long = That is too long for me. Please say it in fewer words.
error-not-sent = That could not be sent. Please try again.

## The bot

bot-not-understood = I am not sure what you mean. Could you say it in other words?
bot-say-it-differently = All right. Then please tell me in other words what you need.
bot-did-you-mean-one = Did you mean: { $first }?
bot-did-you-mean-two = Did you mean: { $first }, or { $second }?
bot-did-you-mean-three = Did you mean: { $first }, { $second }, or { $third }?
bot-offer-person = I cannot find the answer to that. Shall I call a person for you?
bot-fetching-person = I am calling a person for you. Meanwhile, ask me anything else.
bot-person-coming = I cannot answer that, but a person has been called and will know more.
bot-secret-removed = I did not keep that. What would you like to know? Please tell me without any secrets.
bot-anything-else = Can I help you with anything else?
bot-too-slow = I am sorry, I did not find an answer in time. I am calling a person for you.
bot-too-slow-person-coming = I am sorry, I did not find an answer in time. The person who has been called will know more.

## For the host: sound devices

devices-title = Microphone and loudspeaker
devices-microphone = Microphone
devices-loudspeaker = Loudspeaker
devices-usual = The system's usual one
devices-looking = Looking for devices …
devices-none = None was found: plug one in and look again.
devices-look = Look again
