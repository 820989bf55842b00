# 参观者读到和听到的中文。每个 id 也在 en.ftl 和 src/texts/id.rs 里。

## 没有人时

attract-title = 您好！需要帮忙吗？
attract-touch = 请触摸屏幕
attract-walk = 请走过来：用方向键，或点一下想去的地方。拖动可以看看四周。
attract-come = 走到服务台
attract-begin = 开始
attract-topics = 钱包、代币、虚拟土地、活动……都可以问我
attract-privacy = 不用账号，不用姓名，直接问就好

wall-number = 您的排队号

## 欢迎与同意

welcome-title = 欢迎！
welcome-choose-language = 请选择语言
welcome-i-am-a-bot = 我是机器人。您随时可以请真人来接待。
language-english = English
language-chinese = 中文
consent-title = 我们聊聊好吗？
consent-voice = 如果您同意，这次接待中我会用麦克风听您的问题。
consent-nothing-recorded = 您的声音在本机转成文字，不会录音。
consent-never-secrets = 我从不需要密码、助记词或私钥，请务必自己保管好。
button-talk = 用语音交谈
button-type-only = 我想打字
private-only = 这里的麦克风已关闭，请打字。

## 交谈的状态

state-listening = 我在听
state-hearing = 我听到您了
state-thinking = 请稍等，我想一想
state-speaking = 正在说话
state-muted = 麦克风已静音
state-hold-to-talk = 请按住按钮说话
state-type = 请输入您的问题

## 提示与按钮

hint-type = 在这里输入
hint-correct = 听错了？点一下您的话就能更正。
hint-interrupt = 您可以随时打断我
hint-space = 按住空格键说话
button-send = 发送
button-stop = 停
button-mute = 静音
button-unmute = 取消静音
button-hold-to-talk = 按住说话
button-hands-free = 免按键
button-person = 请真人接待
button-browse = 全部问题
button-back = 返回
button-close = 关闭
button-leave = 再见
button-language = 语言
button-yes = 是
button-no = 不是
button-skip = 跳过
button-done = 完成
button-stay = 我还在
button-understood = 明白了
button-correct = 更正
button-cancel = 取消
button-ask-this = 问这个
button-more = 再多讲讲
button-settings = 设置
setting-volume = 音量
setting-quiet = 静音阅读
setting-text-size = 文字大小
setting-reduce-motion = 减少动画
setting-high-contrast = 高对比度
button-keyboard = 屏幕键盘
key-upper = 大写
key-delete = 删除
key-enter = 确定
key-space = 空格
key-hide = 收起
key-chinese = 拼音
size-normal = 正常
size-large = 大
size-largest = 特大

## 推荐与浏览

suggestions-title = 您可以问
choices-title = 请选择，或直接说出来
browse-title = 大家常问
browse-empty = 没有找到，换个词试试。
browse-search = 搜索
article-short = 简单说
article-long = 详细说
article-expert = 进阶说明
article-reviewed = 审核日期：{ $date }

## 谁在说话

who-you = 您
who-bot = { $name }（机器人）
who-person = { $name }（真人）
who-nobody = 服务台现在没有人
caption-mended = 已更正
caption-sent = 已发送
caption-delivered = 已送达
caption-seen = 已读

## 服务台自己说的话

ask-back = 您说的是“{ $heard }”吗？
say-again = 抱歉，请再说一遍。
not-heard = 抱歉，我没听清。请再说一遍好吗？
not-heard-type = 我还是听不太清。您也可以打字提问。
still-thinking = 我还在查，请稍等。
offer-ways = 比平时久了一些。您可以继续等、重新打字提问，或者请真人接待。
person-joined = 现在由真人{ $name }为您服务。
person-left = 又是我，机器人。请问还有什么可以帮您？
person-away = 与{ $name }的连线断了，请稍等，{ $name }马上回来。
waiting-for-person = 我已经请真人过来了。等待时您可以继续问我。
waiting-place = 您排在第 { $place } 位。
waiting-estimate = 您排在第 { $place } 位，通常需要 { $low } 到 { $high } 分钟。
waiting-soon = 您排在第 { $place } 位，通常需要一分钟左右。
transferred = 我请更了解情况的同事过来，请稍等。
no-answer = 抱歉，让您久等了还没有答复。我正在请另一位工作人员，您的位置会保留。
pilot-away = { $name }正在接待别人，或者暂时离开了。您说的话已经收到，会有人看。
passed-to-desk = 您已转到“{ $desk }”服务台，那里的同事会在这里为您服务。

## 没有工作人员在

nobody-there = 工作人员现在都不在。您想留言吗？下一位工作人员会看到。
button-message = 留言
button-no-message = 不留言了
message-prompt = 请说出或输入您的留言；如果希望得到答复，请告诉我们怎样联系您。
message-left = 谢谢，您的留言我会保管好，下一位工作人员会看到。
message-declined = 好的。在此期间，您可以继续问我。

## 秘密

secret-title = 请不要说出来！
secret-spoken = 不好意思，我先打断一下。刚才听起来像是秘密，我已经把它遮住了。真心帮您的人绝不会问您要它：我不会，这里的工作人员不会，任何客服都不会。
secret-spoken-card = 不好意思，我先打断一下。刚才听起来像是银行卡号，我已经把它遮住了。这里没有人需要它：我不需要，工作人员也不需要。
secret-spoken-identity = 不好意思，我先打断一下。刚才听起来像是证件号码，我已经把它遮住了。这里没有人需要它：我不需要，工作人员也不需要。
secret-shown-wallet = 谁知道您的助记词或私钥，谁就拥有您钱包里的一切。所以任何人都不可以向您要。如果您已经告诉过别人，请尽快把资产转到新的钱包。
secret-shown-card = 知道您卡号的人可能用它付款。这里没有人需要它。如果您已经告诉过不可信的人，请马上给银行打电话，把卡挂失。
secret-shown-identity = 知道这个号码的人可能冒充您。这里没有人需要它。如果您已经告诉过不可信的人，请向发证机关咨询该怎么办。
secret-shown-access = 谁知道您的密码或收到的验证码，谁就能进入您的账户。所以任何人都不可以向您要。如果您已经告诉过别人，请马上修改密码。
secret-masked = 离开屏幕之前已经遮住：{ $kind }
secret-kind-seed-phrase = 助记词
secret-kind-private-key = 私钥
secret-kind-card = 卡号
secret-kind-identity = 证件号码
secret-kind-other = 密码或验证码

## 空闲与连接

idle-title = 您还在吗？
idle-countdown = { $seconds } 秒后将清除屏幕上的所有内容。
reconnecting = 请稍等，正在重新连接
reconnecting-safe = 您说的话都不会丢。
reconnected = 我回来了。

## 结束

rating-title = 您觉得怎么样？
rating-stars = { $stars } 星（满分 5 星）
resolved-question = 您的问题解决了吗？
farewell = 谢谢您的到来，再见！
farewell-privacy = 这块屏幕现在会忘记我们的谈话。
visit-ended = 这次接待已经结束。请触摸屏幕重新开始。

## 关于服务台的通知

notice-no-microphone = 没有找到麦克风，请打字提问。
notice-no-loudspeaker = 没有找到扬声器，请看字幕。
notice-no-voice = 没有安装语音，请看字幕。
notice-stand-in-voice = 本服务台暂时使用备用语音。
notice-no-speech-model = 没有找到语音识别模型，请打字提问。
notice-language-not-heard = 这里还听不懂中文，请打字提问。
notice-small-model = 正在使用内置的小型语音识别模型，简短清楚的问题效果最好。
notice-scene-broken = 场景文件有错误，现在显示的是上一个正常的场景。主办方可用 `avatardesk scene check` 查看出错位置。
notice-avatar-broken = 此场景的虚拟形象无法显示，现由另一形象代替。主办方可用 `avatardesk avatar check` 查看原因。
notice-relay-unreachable = 暂时连接不上服务台，请稍后再试。
loading = 请稍等，服务台正在打开

## 未能接受

error-too-long = 这段话太长了，请说短一些。
error-not-sent = 没能发送出去，请再试一次。

## The bot

bot-not-understood = 我不太确定您的意思。您能换个说法吗？
bot-say-it-differently = 好的。请换个说法告诉我您需要什么。
bot-did-you-mean-one = 您是想问：{ $first }，对吗？
bot-did-you-mean-two = 您是想问：{ $first }，还是{ $second }？
bot-did-you-mean-three = 您是想问：{ $first }、{ $second }，还是{ $third }？
bot-offer-person = 这个问题我找不到答案。要我为您请一位工作人员吗？
bot-fetching-person = 我正在为您请工作人员。在此期间，您可以继续问我别的问题。
bot-person-coming = 这个我答不上来，不过已经为您请了工作人员，他们会更清楚。
bot-secret-removed = 那段内容我没有保留。您想了解什么？请不要说出任何秘密信息。
bot-anything-else = 还有什么可以帮您的吗？
bot-too-slow = 抱歉，我没能及时找到答案。我正在为您请工作人员。
bot-too-slow-person-coming = 抱歉，我没能及时找到答案。已经为您请了工作人员，他们会更清楚。

## For the host: sound devices

devices-title = 麦克风和扬声器
devices-microphone = 麦克风
devices-loudspeaker = 扬声器
devices-usual = 系统默认设备
devices-looking = 正在查找设备……
devices-none = 没有找到设备：请插上后重新查找。
devices-look = 重新查找
