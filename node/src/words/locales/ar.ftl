# كلمات الصفحات بالعربية. لم يراجعها ناطق أصلي بعد.
# نقاش débat · رأي avis · مقترح proposition · سؤال question · جواب réponse · مداخلة parole · إعلان annonce ·
# تنبيه alerte · قرار décision · درس leçon · جماعة communauté · منصب bureau · دور rôle · جهاز appareil ·
# رسالة message · مجموعة groupe · ملف fichier · قائمة liste · ذاكرة USB clé USB
home = الرئيسية
news = الإعلانات
debates = النقاشات
questions = أسئلة إلى المسؤولين
proposals = المقترحات
learn = التعلّم
node = هذا الجهاز
menu = القائمة
skip = انتقل إلى المحتوى
languages = اللغات
pages = الصفحات
newer = الأحدث
older = الأقدم
listen-to = استمع: { $what }
not-reviewed = لم يراجع هذه الصفحات ناطق أصلي بهذه اللغة بعد.
lock = قفل
leave = خروج سريع
locked = قُفلت الصفحة بعد دقيقتين دون استعمال. ما أُرسل محفوظ.
who-are-you = من أنت؟
you-are = أنت { $what }
you-speak-as = تتكلّم باسم: { $what }
its-me = هذا أنا
someone-else = شخص آخر
people-none = لا أحد هنا له رمز سرّي للدخول من جهاز آخر. اسأل القائم على هذا المكان.
pin = رمزك السرّي
pin-wrong = الرمز غير صحيح. حاول مرة أخرى.
pin-wait = { $n ->
    [zero] حاول مرة أخرى الآن.
    [one] انتظر ثانية واحدة ثم حاول مرة أخرى.
    [two] انتظر ثانيتين ثم حاول مرة أخرى.
    [few] انتظر { $n } ثوانٍ ثم حاول مرة أخرى.
    [many] انتظر { $n } ثانية ثم حاول مرة أخرى.
   *[other] انتظر { $n } ثانية ثم حاول مرة أخرى.
}
pin-none = ليس لك رمز سرّي بعد: من بيده هذا الجهاز يستطيع أن يتكلّم باسمك.
pin-new = اختر رمزًا (من 4 إلى 12 رقمًا، إن شئت)
pin-what = الرمز يمنع غيرك من الكلام مكانك. وهو لا يحمي الجهاز من السارق.
reading-only = أنت تقرأ فقط. لتتكلّم وتصوّت، قل من أنت.
communities = الجماعات
entries = { $n ->
    [zero] لا شيء بعد
    [one] مدخل واحد
    [two] مدخلان
    [few] { $n } مداخل
    [many] { $n } مدخلًا
   *[other] { $n } مدخل
}
begin-title = مرحبًا
begin-words = هذا الجهاز ليس في أي جماعة بعد.
begin-not-here = هذا الجهاز ليس في أي جماعة بعد. للبدء، افتح الرابط الذي أظهره عند تشغيله.
begin-join = عندي تذكرة
begin-found = تأسيس جماعة
your-name = اسمك
ticket = التذكرة
join = انضمام
community-name = اسم الجماعة
found = تأسيس
admin = إدارة هذا الجهاز
failed-title = لم يتمّ ذلك
failed = لم يتغيّر شيء. السبب:
failed-nobody = قل أولًا من يتكلّم. لم يُرسل شيء.
failed-not-here = هذا فقط لمن فتح الرابط الذي أظهره هذا الجهاز. لم يتغيّر شيء.
failed-form = هذه الاستمارة قديمة أو جاءت من مكان آخر. لم يُرسل شيء. ارجع إلى الصفحة وأعد المحاولة.
failed-too-much = لم يُرسل شيء. السبب:
failed-no-page = هذه الصفحة ليست هنا. قد تصل في اللقاء القادم.
done-said = قيل. حُفظ في هذا الجهاز، وسينتقل في اللقاء القادم.
done-voted = حُفظ صوتك. الأخير هو الذي يُحسب.
done-saved = حُفظ.
done-opened = فُتح النقاش.
done-closed = أُغلق النقاش.
done-withdrawn = سُحب كلامك. ويبقى معروفًا أنّ شيئًا قد قيل.
done-hidden = أُخفي، مع اسمك والسبب.
ago-now = الآن
ago-ahead = إحدى الساعات متقدّمة
ago-minutes = { $n ->
    [zero] منذ أقل من دقيقة
    [one] منذ دقيقة
    [two] منذ دقيقتين
    [few] منذ { $n } دقائق
    [many] منذ { $n } دقيقة
   *[other] منذ { $n } دقيقة
}
ago-hours = { $n ->
    [zero] منذ أقل من ساعة
    [one] منذ ساعة
    [two] منذ ساعتين
    [few] منذ { $n } ساعات
    [many] منذ { $n } ساعة
   *[other] منذ { $n } ساعة
}
ago-days = { $n ->
    [zero] منذ أقل من يوم
    [one] منذ يوم
    [two] منذ يومين
    [few] منذ { $n } أيام
    [many] منذ { $n } يومًا
   *[other] منذ { $n } يوم
}
announce = إعلان جديد
announcement = إعلان
alert = تنبيه
decision = قرار
news-none = لم يُعلن شيء هنا بعد.
superseded = حلّ محلّه أحدث منه
supersedes = يحلّ محلّ:
see-newer = انظر الأحدث
see-older = انظر القديم
expires = صالح حتى
number = رقم { $n }
number-doubled = أُعطي هذا الرقم مرتين.
number-gap = قرار سابق ينقص هنا.
words-missing = لم يصل الكلام بعد.
words-withdrawn = سحب صاحب الكلام كلامه.
signed-by = وقّعه { $what }
cosigned-by = ووقّعه أيضًا
declared = قيل في (حسب صاحبه)
first-seen = وصل إلى هنا في
voice = تسجيل صوتي
picture = صورة
file = ملف
file-coming = في الطريق
file-no-room = لا مكان كافيًا هنا
add-voice = أضف صوتك
add-file = أضف صورة أو وثيقة
kind = النوع
title = العنوان
words = كلامك
office = المنصب (لقرار)
place = المكان
days = صالح كم يومًا
send = إرسال
public-note = ما تقوله هنا يراه كل من في الجماعة، باسمك. والأصوات تبقى في السجلّ.
debates-none = لم يصل أي نقاش إلى هنا بعد.
debate-open = فتح نقاش
debate-question = السؤال
debate-is-open = مفتوح
debate-closed = مغلق
debate-close = إغلاق النقاش
outcome = ما خرج به النقاش
posts = { $n ->
    [zero] { $n } مداخلة
    [one] مداخلة واحدة ({ $n })
    [two] مداخلتان ({ $n })
    [few] { $n } مداخلات
    [many] { $n } مداخلة
   *[other] { $n } مداخلة
}
participants = { $n ->
    [zero] لا أحد
    [one] شخص واحد
    [two] شخصان
    [few] { $n } أشخاص
    [many] { $n } شخصًا
   *[other] { $n } شخص
}
closed-by = أغلقه { $what }
late-posts = { $n ->
    [zero] لم تأت مداخلات بعد ذلك.
    [one] جاءت مداخلة واحدة بعد ذلك.
    [two] جاءت مداخلتان بعد ذلك.
    [few] جاءت { $n } مداخلات بعد ذلك.
    [many] جاءت { $n } مداخلة بعد ذلك.
   *[other] جاءت { $n } مداخلة بعد ذلك.
}
closes-at = حتى { $what }
speak = تكلّم
speak-who = قل من أنت لتتكلّم
agree = موافق
disagree = غير موافق
pass = تجاوز
agree-n = موافق: { $n }
disagree-n = غير موافق: { $n }
pass-n = تجاوز: { $n }
reply = ردّ
edited = معدّل
hidden-because = مخفيّ: { $what }
statement = رأي
proposal = مقترح
question = سؤال
learn-none = لم تصل أي دورة إلى هنا بعد.
lessons = { $n ->
    [zero] لا دروس
    [one] درس واحد
    [two] درسان
    [few] { $n } دروس
    [many] { $n } درسًا
   *[other] { $n } درس
}
quizzes = { $n ->
    [zero] لا اختبارات
    [one] اختبار واحد
    [two] اختباران
    [few] { $n } اختبارات
    [many] { $n } اختبارًا
   *[other] { $n } اختبار
}
on-its-way = { $n } في الطريق
all-here = كل شيء هنا ({ $n })
media-coming = { $n ->
    [zero] لا تسجيل ولا صورة في الطريق
    [one] تسجيل واحد أو صورة في الطريق
    [two] تسجيلان أو صورتان في الطريق
    [few] { $n } تسجيلات أو صور في الطريق
    [many] { $n } تسجيلًا أو صورة في الطريق
   *[other] { $n } تسجيل أو صورة في الطريق
}
quiz-score = الأجوبة الصحيحة:
quiz-check = تحقّق
your-answer = جوابك
right = صحيح
wrong = ليس بعد
true = صواب
false = خطأ
next = التالي
node-holds = ما يوجد هنا
node-linked = الأجهزة المتّصلة الآن
node-stored = المساحة المستعملة
node-files = الملفات
node-unsent = ملفات لم تُنسخ بعد في مكان آخر
node-waits = ما ينتظر
node-waits-none = لا شيء ينتظر.
node-spent = تكلفة البيانات
node-refused = ما رُفض
invite = دعوة
invite-words = التذكرة تُدخل أعضاء جددًا، حتى دون شبكة. من يراها يستطيع الدخول: أرها لمن تعرفهم.
person-add = إضافة شخص
person-add-words = شخص آخر على هذا الجهاز. من بيده الجهاز يشهد له.
name = الاسم
grant = إعطاء دور
grant-person = لمن (الاسم أو المعرّف)
role = الدور
member = عضو
facilitator = ميسّر
official = مسؤول
moderator = مشرف
manager = مدير
founder = مؤسّس
office-of = المنصب (لمسؤول)
members = { $n ->
    [zero] لا أعضاء
    [one] عضو واحد
    [two] عضوان
    [few] { $n } أعضاء
    [many] { $n } عضوًا
   *[other] { $n } عضو
}
granted-by = أعطاه { $what }
save = حفظ
my-id = معرّفي
my-id-words = أره لأحد المديرين لتُعطى دورًا.
visitor = زائر
visitor-words = أنت زائر. هذا المكان يكتب كلامك بالاسم الذي تعطيه ويشهد له. الزوّار لا يصوّتون.
failed-visitor = الزوّار لا يصوّتون وليست لهم رسائل. اطلب تذكرة لتصير عضوًا.
questions-none = لا سؤال ينتظر جوابًا.
see-debate = انظر النقاش
answer = جواب
more = المزيد
withdraw = سحب كلامي
withdraw-words = يختفي الكلام حيثما وصل هذا الخبر. ويبقى معروفًا أنّ شيئًا قد قيل.
hide = إخفاء
hide-reason = السبب (يراه الجميع، مع اسمك)
unhide = إظهار من جديد
not-yet-open = لم يُفتح بعد
closed-as-declared = مضى تاريخ الانتهاء المعلن. كل شيء يُحسب حتى يوقّع أحد الإغلاق.
vote-next = صوّت، مداخلة بعد مداخلة
groups = مجموعات الرأي
groups-words = من يصوّتون بالطريقة نفسها يكوّنون مجموعة. الحساب واحد على كل الأجهزة.
groups-same = النتيجة نفسها حيثما كان هذا الرمز هو نفسه:
groups-map = خريطة الأشخاص حسب أصواتهم
group = المجموعة { $what }
your-group = مجموعتك
together = ما تتّفق عليه كل المجموعات
placed-n = { $n } صوّتوا بما يكفي لمعرفة مجموعتهم
ballots = بطاقات الاقتراع الورقية
ballots-counted = { $n ->
    [zero] لم تُحسب أي بطاقة
    [one] حُسبت بطاقة واحدة
    [two] حُسبت بطاقتان
    [few] حُسبت { $n } بطاقات
    [many] حُسبت { $n } بطاقة
   *[other] حُسبت { $n } بطاقة
}
ballots-conflicts = متعارضة: { $n }
ballot-enter = إدخال بطاقة
ballot-token = رمز البطاقة
ballot-counts = محسوبة
ballot-replaced = استُبدلت
ballot-in-conflict = متعارضة
ballot-set-aside = متروكة
settle = أيّها يُحسب؟
settle-none = لا شيء منها
settled-by = حسم الأمر { $what }:
order = الترتيب
order-oldest = بالترتيب
order-newest = الأحدث
order-wanted = للتصويت
order-votes = الأكثر أصواتًا
back = رجوع
votes = { $n ->
    [zero] لا أصوات
    [one] صوت واحد
    [two] صوتان
    [few] { $n } أصوات
    [many] { $n } صوتًا
   *[other] { $n } صوت
}
late-votes = { $n ->
    [zero] لا أصوات بعد الإغلاق
    [one] صوت واحد بعد الإغلاق
    [two] صوتان بعد الإغلاق
    [few] { $n } أصوات بعد الإغلاق
    [many] { $n } صوتًا بعد الإغلاق
   *[other] { $n } صوت بعد الإغلاق
}
voted-n = صوّتّ على { $n }
remaining-n = بقي { $n }
voted-all = صوّتّ على كل شيء. شكرًا!
blocked = لا تريد أن ترى هذا الشخص.
block = لا أريد رؤية هذا الشخص
block-words = يبقى ذلك على هذا الجهاز، ولا يعلم به أحد.
unblock = أريد رؤيته من جديد
appeal = طلب نظرة أخرى
appeal-words = لماذا يُظهر من جديد؟
moderation = الإشراف
moderation-words = ما أُخفي، ومن أخفاه ولماذا. كل ذلك يراه الجميع ويمكن الرجوع عنه.
moderation-none = لم يُخف شيء.
moderation-hidden = أُخفي
moderation-shown-again = أُظهر من جديد
moderation-stays-hidden = يبقى مخفيًّا
moderation-appeal = طُلبت نظرة أخرى
stays-hidden = تركه مخفيًّا
is-hidden = مخفيّ
is-shown = ظاهر
proposals-how = يُقدَّم المقترح في نقاش: عمل أو مشروع.
proposals-none = لم يصل أي مقترح إلى هنا بعد.
see-proposal = انظر المقترح
signatures = { $n ->
    [zero] لا توقيعات
    [one] توقيع واحد
    [two] توقيعان
    [few] { $n } توقيعات
    [many] { $n } توقيعًا
   *[other] { $n } توقيع
}
sign = توقيع
sign-back = سحب توقيعي
status = إلى أين وصل
status-none = صاحب المنصب لم يقل شيئًا بعد.
status-set = قل إلى أين وصل
status-received = استُلم
status-studied = دُرس
status-accepted = قُبل
status-refused = رُفض
status-done = أُنجز
reason = السبب
wording = النص
wording-none = لا نص مشترك بعد.
wording-begin = ابدأ النص
wording-begin-words = يُكتب النص معًا، ويُرى من كتب ماذا.
wording-edit = تعديل النص
wording-history = النسخ
wording-see = انظر
wording-old = نسخة سابقة. «تعديل النص» يبدأ من هذا الكلام.
waits-words = كلام لم يصل بعد
waits-blobs = ملفات
standing-superseded = حلّ محلّه غيره
standing-cancelled = أُلغي
standing-expired = انتهى
standing-withdrawn = سُحب
knowledge = آخر الأخبار وصلت { $what }.
knowledge-none = لم يصل هذا الجهاز شيء من جهاز آخر بعد.
register = سجلّ القرارات
register-words = القرارات مرقّمة لكل منصب. الرقم الناقص يعني أنّ قرارًا لم يصل إلى هنا بعد.
register-none = لم يصل أي قرار إلى هنا بعد.
decisions-held = هنا: { $n }
decisions-missing = ناقص هنا: { $n }
not-in-force = لم يعد في المنصب
cosign = أضف توقيعي
translate = قلها بلغة أخرى أو بالصوت
language = اللغة (fr، bm، ff، snk، ar…)
offices = من يجيب؟
offices-words = كيف يجيب كل منصب عن الأسئلة. الحساب واحد على كل الأجهزة، والأيام كما ذكرها أصحاب الكلام.
offices-none = لا أحد هنا له منصب بعد.
asked-n = الأسئلة المطروحة
reached-n = التي وصلت، مع الدليل
answered-n = التي أُجيب عنها
waiting-n = التي تنتظر
median-days = أيام حتى الجواب (الوسط)
ask = اطرح سؤالًا
ask-whom = على من؟
questions-waiting = تنتظر
questions-answered = أُجيب عنها
questions-all = الكل
question-waiting = أُرسل
question-reached = وصل
question-read = قُرئ
question-answered = أُجيب عنه
reached-since = وصل { $what }
carry = على ذاكرة USB
carry-words = حيث لا شبكة، ينتقل ملف: على ذاكرة USB أو بطاقة ذاكرة أو بالبلوتوث. كل ما فيه موقّع، ومن يحمله لا يستطيع أن يغيّر فيه شيئًا.
carry-in = إدخال ملف
carry-in-words = ملف صنعه جهاز آخر: كل شيء، أو أسئلة، أو أجوبة. إدخاله مرتين لا يضرّ.
carry-all = أخذ كل شيء
carry-all-words = ما في هذا الجهاز: الكلام أولًا، ثم التسجيلات والصور، حتى 256 ميغابايت.
carry-all-save = حفظ الملف
carry-for = ما ينقص الجهاز الآخر فقط
carry-digest-file = قائمة الجهاز الآخر (اختياري)
carry-digest = قل ما يوجد هنا
carry-digest-words = قائمة صغيرة للجهاز الآخر: فلا يأتي إلا بما ينقص هنا.
carry-digest-save = حفظ القائمة
carry-taken = أُدخل الملف
carry-new = جديد: { $n }
carry-held = موجود هنا من قبل: { $n }
carry-refused = مرفوض: { $n }
carry-damaged = جزء من الملف تالف. أُدخل ما كان سليمًا، وملف جديد من الجهاز نفسه يأتي بالباقي.
carry-questions = { $n ->
    [zero] لا سؤال ينتظر
    [one] سؤال واحد ينتظر
    [two] سؤالان ينتظران
    [few] { $n } أسئلة تنتظر
    [many] { $n } سؤالًا ينتظر
   *[other] { $n } سؤال ينتظر
}
saturday = يوم السبت
saturday-words = تذهب الأسئلة التي تنتظر إلى صاحب المنصب على ذاكرة USB. هناك تُدخل ويُجاب عنها، وتعود الأجوبة من الطريق نفسه.
saturday-office = أيّ منصب؟
saturday-questions = أخذ الأسئلة
saturday-answers = العودة بالأجوبة
saturday-no-questions = لا سؤال ينتظر صاحب هذا المنصب. ليس هناك ما يُؤخذ.
saturday-no-answers = صاحب هذا المنصب لم يجب عن شيء هنا بعد. ليس هناك ما يُعاد به.
failed-no-file = لم يُختر أي ملف. لم يتغيّر شيء.
failed-no-bundle = هذا الملف ليس من Baro، أو لا شيء سليم فيه. لم يتغيّر شيء.
failed-is-digest = هذا الملف قائمة بما في جهاز. أعطه تحت «ما ينقص الجهاز الآخر فقط».
failed-no-digest = هذا الملف ليس قائمة جهاز آخر. لم يُفعل شيء.
failed-no-table = هذا الملف ليس جدولًا من Polis. لم يتغيّر شيء.
failed-moment = اليوم أو الساعة غير مفهوم. اكتب مثلًا { "\u2066" }2026-11-28 09:00{ "\u2069" }. لم يُقل شيء.
failed-window = النقاش يُفتح قبل أن يُغلق. لم يُقل شيء.
window = الفتح والإغلاق
window-opens = يُفتح في
window-closes = يُغلق في
window-words = بتوقيت مالي (UTC). هذا إعلان فقط: لا يُنهي النقاش إلا الإغلاق الموقّع.
polis-in = إحضار نقاش من Polis
polis-in-words = الجداول التي يُخرجها Polis تصير نقاشًا بآرائه وأصواته. كل مشارك يصير شخصًا على هذا الجهاز، والجهاز يشهد له.
polis-prefix = اسم هؤلاء الأشخاص، قبل رقمهم
polis-left-out = { $n ->
    [zero] لم يُترك أي صوت.
    [one] تُرك صوت واحد.
    [two] تُرك صوتان.
    [few] تُركت { $n } أصوات.
    [many] تُرك { $n } صوتًا.
   *[other] تُرك { $n } صوت.
}
polis-out = جداول لبرنامج Polis
polis-out-words = النقاش في أربعة جداول (CSV): الآراء، والأصوات، ومن صوّت بماذا، والملخّص.
optional = (اختياري)
messages = الرسائل
messages-note = لا يقرأها إلا من تكتب إليه. الجميع يحملها، ولا أحد غيره يفتحها. ما فُتح يبقى على هذا الجهاز.
messages-none = لا رسائل هنا.
messages-new = { $n ->
    [zero] لا رسائل جديدة
    [one] رسالة جديدة واحدة
    [two] رسالتان جديدتان
    [few] { $n } رسائل جديدة
    [many] { $n } رسالة جديدة
   *[other] { $n } رسالة جديدة
}
message-write = كتابة رسالة
message-to = إلى من؟
message-send = إرسال
message-new = جديدة
message-stranger = ليس معروفًا هنا عضوًا
message-state-written = كُتبت. هي على هذا الجهاز وحده، حسب ما يُعرف.
message-state-carried = في الطريق: يحملها جهاز آخر
message-state-delivered = وصلت، بإيصال موقّع
message-state-read = قُرئت، بإيصال موقّع
message-carried-since = سُلّمت { $what }
message-reached = استلمها
message-has-read = قرأها
group-new = مجموعة جديدة
group-name = اسم المجموعة (يراه أعضاؤها فقط)
group-members = من في هذه المجموعة
group-owner = بدأ المجموعة
group-add = إدخال
group-remove = إخراج
done-sealed = خُتمت الرسالة. ستنتقل في اللقاء القادم.

# Refusals
or = أو
thing-alert = تنبيه
thing-announcement = إعلان
thing-course = درس
thing-debate = نقاش
thing-decision = قرار
thing-post = مداخلة
thing-proposal = مقترح
thing-question = سؤال
thing-text = نص
refused-disk-full = القرص ممتلئ: لا يمكن حفظ شيء جديد، وما حُفظ من قبل سليم. أفرغ بعض المساحة ثم حاول مرة أخرى.
refused-name-length = يتكوّن الاسم من 1 إلى 128 بايت.
refused-name-taken = على هذا الجهاز شخص اسمه «{ $name }». اختر اسمًا آخر.
refused-not-on-device = لا أحد على هذا الجهاز اسمه «{ $name }».
refused-person-unknown = لا أحد معروف في هذه الجماعة باسم «{ $name }».
refused-person-ambiguous = أكثر من شخص اسمه «{ $name }». أعطِ المعرّف.
refused-pin-digits = يتكوّن الرمز السرّي من 4 إلى 12 رقمًا.
refused-no-role = ليس لـ { $name } هنا هذا الدور: { $roles }. اطلبه من المدير.
refused-ticket-foreign = هذه ليست تذكرة دعوة: تبدأ التذكرة بـ { $prefix }
refused-ticket-torn = هذه التذكرة ناقصة أو منسوخة خطأً. انسخها أو صوّرها كاملة مرة أخرى.
refused-joined-already = { $name } في هذه الجماعة من قبل.
refused-not-here = ليس على هذا الجهاز بعد: { $what } { $id }. قد يصل في اللقاء القادم.
refused-words-none = لا شيء يُقال: العنوان والنص فارغان.
refused-words-too-long = هذا طويل جدًا: { $bytes } بايت، والحدّ الأقصى { $max }. قله على دفعات.
refused-debate-closed = هذا النقاش مغلق: ما يأتي الآن لا يُحسب.
refused-closed-already = هذا النقاش مغلق من قبل.
refused-reason-missing = قل لماذا: الجميع يقرأ السبب.
refused-signed-already = لقد وقّعت هذا المقترح من قبل.
refused-not-signed = لم توقّع هذا المقترح.
refused-say-why = قل لماذا رُفض.
refused-no-title = لا بدّ للإعلان من عنوان.
refused-ask-whom = قل لمن تسأل: شخص أو منصب.
refused-file-kind = هذا النوع من الملفات غير مقبول. يمكن إرفاق: Opus (ogg) وWebM وM4A أو MP4 وJPEG وPNG وWebP وPDF.
refused-file-too-large = في الملف { $size } بايت، والحدّ الأقصى { $max }. اختر ملفًا أصغر أو تكلّم أقلّ.
refused-message-to-self = لا أحد يكتب إلى نفسه.
refused-message-empty = لا بدّ للرسالة من كلام مكتوب أو صوت.
