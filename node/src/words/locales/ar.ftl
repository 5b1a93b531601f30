# كلمات الصفحات بالعربية. لم يراجعها ناطق أصلي بعد.
# نقاش débat · رأي avis · مقترح proposition · سؤال question · جواب réponse · مداخلة parole · إعلان annonce ·
# تنبيه alerte · قرار décision · درس leçon · دورة cours · جماعة communauté · منصب bureau · دور rôle · جهاز appareil ·
# رسالة message · مجموعة groupe · دفعة lot · ملف fichier · قائمة liste · ذاكرة USB clé USB · بطاقة bulletin ·
# دفتر journal · مدخل entrée · سند acte · نظرة أخرى réexamen · لقاء rencontre · تبادل échange
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
pin-what = بالرمز لا يفتح رسائلك ولا يتكلّم باسمك على هذا الجهاز سواك. لا أحد يستطيع أن يردّ لك رمزًا نسيته، والرمز القصير لا يصمد طويلًا أمام سارق يأخذ الجهاز مفتوحًا.
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
invite-words = التذكرة تُدخل أعضاء جددًا، حتى دون شبكة. من يراها يستطيع الدخول، فلا تُرِها إلا لمن تعرفهم.
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
placed-n = { $n ->
    [zero] لم يصوّت أحد بما يكفي لمعرفة مجموعته
    [one] شخص واحد صوّت بما يكفي لمعرفة مجموعته
    [two] شخصان صوّتا بما يكفي لمعرفة مجموعتهما
    [few] { $n } أشخاص صوّتوا بما يكفي لمعرفة مجموعتهم
    [many] { $n } شخصًا صوّتوا بما يكفي لمعرفة مجموعتهم
   *[other] { $n } شخص صوّتوا بما يكفي لمعرفة مجموعتهم
}
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
read-it = قرأتُ هذا السؤال
labels = كلمات تُسمع
labels-words = قل الكلمة ونصف جملة عنها بلغة هذه الصفحة. من لا يقرأ يسمعها في الصفحة الأولى.
labels-which = أيّ خيار
labels-sound = التسجيل، 256 كيلوبايت على الأكثر
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
thing-appeal = طلب نظرة أخرى
thing-ballot = بطاقة
thing-course = دورة
thing-debate = نقاش
thing-decision = قرار
thing-earlier = ما يحلّ هذا محلّه
thing-entry = مدخل فيه كلام
thing-post = مداخلة
thing-proposal = مقترح
thing-question = سؤال
thing-text = نص
thing-translated = ما يُراد نقله إلى لغة أخرى
counted-unknown-community = من جماعة لم ينضمّ إليها أحد هنا
counted-unknown-key = موقّع بمفتاح لا يذكره أي سند
counted-gap = من دفتر ينقص أوّله
counted-bad-record = سند يخالف القواعد
counted-other-branch = فرع آخر من دفتر موجود هنا
counted-waiting-room-full = غير مأذون به، ولم يبق مكان للانتظار
counted-unwanted = كلام لا يذكره أي مدخل، أو تعديل لا يُبنى عليه شيء
counted-bad-parcel = رسالة مختومة من إصدار آخر أو بحجم آخر
counted-unwanted-blob = جزء من ملف لا يذكره شيء
counted-no-room = جزء من ملف لا يكفيه المكان
counted-unreadable-section = قسم لا يستطيع هذا البرنامج قراءته
counted-foreign-record = سند من جماعة أخرى
counted-unsigned-record = سند توقيعاته غير صحيحة
counted-foreign-proof = دليل من جماعة أخرى
counted-bad-proof = دليل على فرعين غير صحيح
counted-foreign-part = جزء ليس من هذا الملف
counted-unnamed-log = مداخل من دفتر لم يُذكر اسمه
counted-bad-run = سلسلة مداخل فارغة أو أطول من اللازم
counted-unsigned-entries = مداخل توقيعها غير صحيح
counted-other = أسباب أخرى
refused-stopping = البرنامج يتوقّف الآن. ما أجاب عنه من قبل محفوظ.
refused-store = تعذّرت قراءة بيانات هذا الجهاز أو كتابتها: { $detail }
refused-disk-full = القرص ممتلئ: لا يمكن حفظ شيء جديد، وما حُفظ من قبل سليم. أفرغ بعض المساحة ثم حاول مرة أخرى.
refused-not-taken = لم يُقبل ما كتبته، وهذا سببه: { $why }.
refused-only-reads = جهاز يقرأ فقط لا يستطيع أن يفعل هذا.
refused-at-rest = البرنامج لا يعمل الآن، فلا شبكة له.
refused-no-pages = لا برنامج هنا يعرض الصفحات.
    .command = لعرضها: { "\u2066" }baro run --http 127.0.0.1:8080{ "\u2069" }
refused-sync-failed = لم يكتمل التبادل: { $detail }
refused-begun = بدأ هذا الجهاز من قبل، باسم { $name }.
    .command = لإضافة أشخاص آخرين: { "\u2066" }baro person add NOM{ "\u2069" }
refused-not-begun = لا أحد على هذا الجهاز بعد.
refused-not-understood = لم يُفهم جواب البرنامج: { $detail }
refused-name-length = يتكوّن الاسم من 1 إلى 128 بايت (الحرف العربي يُحسب 2).
refused-name-taken = على هذا الجهاز شخص اسمه «{ $name }». اختر اسمًا آخر.
refused-named-twice = ذُكر الاسم «{ $name }» مرتين في هذه الدفعة.
refused-not-on-device = لا أحد على هذا الجهاز اسمه «{ $name }».
refused-nobody-here = لا أحد على هذا الجهاز من أعضاء هذه الجماعة.
refused-person-unknown = لا أحد معروف في هذه الجماعة باسم «{ $name }».
refused-person-ambiguous = أكثر من شخص اسمه «{ $name }». أعطِ المعرّف.
refused-person-not-added = لم يُضف هذا الشخص.
refused-visitor-not-entered = تعذّر تسجيل الزائر.
refused-pin-digits = يتكوّن الرمز السرّي من 4 إلى 12 رقمًا.
refused-pin-wrong = الرمز غير صحيح. يمكنك أن تحاول من جديد فورًا.
refused-pin-wrong-wait = الرمز غير صحيح. الثواني التي تنتظرها قبل أن تحاول من جديد: { $count }.
refused-pin-wait = رموز خاطئة كثيرة. الثواني التي تنتظرها قبل أن تحاول من جديد: { $count }. لم يضع شيء.
refused-vault-locked = هذا يخصّ { $name } وحده، ولا يُفتح إلا برمزه السرّي.
    .command = { "\u2066" }--pin-stdin{ "\u2069" } يأخذه ممّا يُرسَل إليه
refused-no-role = ليس لـ { $name } هنا هذا الدور: { $roles }. اطلبه من المدير.
refused-role-unknown = «{ $text }» ليس دورًا. الأدوار هي: { $roles }.
refused-office-only-official = المنصب للمسؤول وحده.
refused-founder-twice = ذُكر المؤسّس «{ $name }» مرتين.
refused-threshold = { $count ->
    [zero] لا بدّ من مؤسّس: اذكر اسمه.
    [one] لا بدّ من مؤسّس واحد: اذكر اسمه.
    [two] لا بدّ من مؤسّسَين اثنين معًا: اذكر الآخر.
    [few] لا بدّ من { $count } مؤسّسين معًا: اذكر الآخرين.
    [many] لا بدّ من { $count } مؤسّسًا معًا: اذكر الآخرين.
   *[other] لا بدّ من { $count } مؤسّس معًا: اذكر الآخرين.
}
refused-not-founder = لا يُنهي دور المؤسّس إلا المؤسّسون معًا، وليس { $name } منهم.
refused-last-founder = هذا آخر المؤسّسين، فيبقى: لولاه لما استطاع أحد أن يعيّن مديرًا بدل مدير ضاع.
refused-founders-together = لا تنتهي أدوار المؤسّس إلا باجتماع عدد من المؤسّسين. المطلوب: { $threshold }. على هذا الجهاز منهم: { $here }.
refused-nearer-founders = { $person } أقرب إلى المؤسّسين من { $by }: لا يسحب الدور إلا من هو في مثل هذا القرب.
refused-act-foreign = ليس هذا مما يوقّعه المؤسّسون معًا: فذلك يبدأ بـ { $prefix }
refused-act-torn = ينقص منه جزء أو كُتب خطأً. لم يُوقَّع شيء: اطلبه مرة أخرى.
refused-act-broken = لا يمكن استعماله، ولم يُوقَّع شيء: { $detail }
refused-act-changed = فيه توقيع لا يوافق ما يقوله: لقد غُيّر في الطريق. لم يُوقَّع شيء. اطلب نسخة جديدة ممن اقترحه.
refused-act-foreign-kind = ليس هذا مما يوقّعه المؤسّسون معًا. لم يُوقَّع شيء.
refused-act-elsewhere = هذا لجماعة ليست على هذا الجهاز.
refused-act-entered = سُجّل هنا من قبل: لم يبق ما يُوقَّع.
refused-act-stale = أحد المطلوب توقيعهم لم يعد مؤسّسًا، فلن يُحسب. يجب اقتراحه من جديد.
refused-act-not-founder = لا يوقّع هذا إلا المؤسّسون، وليس «{ $name }» منهم.
refused-act-not-asked = المطلوب توقيع { $names }، ومفاتيحهم ليست على هذا الجهاز.
refused-act-signed-already = وقّعه { $name } من قبل. ما زال ينقص: { $names }
refused-act-too-few = عدد المؤسّسين المطلوب: { $threshold }، وهذا لا يطلب إلا: { $count }. فلن يُحسب.
refused-act-too-much = يجب ذكر أكثر من { $count } من السجلات أو الدفاتر، وهذا كثير لنقله من يد إلى يد. اجمعوا مفاتيح المؤسّسين على جهاز واحد.
refused-act-with = ما زال يلزم توقيع بعض هؤلاء المؤسّسين ({ $count }): { $names }
    .command = قل من هم: ‎--with NAME
refused-act-members-only = الجماعة الخاصة بالأعضاء تبدأ وكل مؤسّسيها على جهاز واحد.
refused-founder-key = «{ $text }» ليس مفتاح مؤسّس.
    .command = اصنع واحدًا على جهاز المؤسّس: community key
refused-founder-keys-full = هنا مفاتيح تنتظر جماعات لم تبدأ بعد، وعددها: { $count }.
refused-no-signed-head = لا يوجد هنا توقيع من صاحب الدفتر يصل إلى هذا الموضع.
refused-signed-by-several = ما وقّعه عدّة أشخاص لا يُقبل بهذه الطريقة.
refused-no-log-or-record = «{ $text }» ليس دفترًا ولا سندًا هنا.
    .command = { "\u2066" }baro accept{ "\u2069" } يُظهر ما ينتظر
refused-record-broken = لا يمكن توقيع هذا هكذا: { $detail }
refused-grant-missing = أحد الأدوار في هذه السلسلة ينقص هنا.
refused-no-community = هذا الجهاز ليس في أي جماعة بعد: أسّس جماعة، أو انضمّ إلى جماعة بتذكرة.
refused-several-communities = هذا الجهاز في أكثر من جماعة: قل أيّها تريد.
    .command = { "\u2066" }--community NOM{ "\u2069" }، و{ "\u2066" }baro community list{ "\u2069" } يُظهرها
refused-community-unknown = الجماعة «{ $name }» ليست هنا.
    .command = { "\u2066" }baro community list{ "\u2069" } يُظهر الجماعات الموجودة
refused-community-ambiguous = أكثر من جماعة اسمها «{ $name }». أعطِ المعرّف.
    .command = { "\u2066" }baro community list{ "\u2069" } يُظهره
refused-community-gone = لم تعد هذه الجماعة هنا.
refused-beginning-missing = بداية هذه الجماعة تنقص هنا.
refused-ticket-foreign = هذه ليست تذكرة دعوة: تبدأ التذكرة بـ { $prefix }
refused-ticket-torn = هذه التذكرة ناقصة أو منسوخة خطأً. انسخها أو صوّرها كاملة مرة أخرى.
refused-ticket-invalid = هذه التذكرة غير صالحة: { $why }. اطلب تذكرة جديدة.
refused-ticket-too-long = هي أطول من اللازم
refused-ticket-no-community = جماعتها غير مذكورة فيها
refused-ticket-no-inviter = لم يوقّعها من يحقّ له أن يدعو، أو سُحبت الدعوة
refused-ticket-broken = لا يمكن قراءة ما فيها ({ $detail })
refused-joined-already = { $name } في هذه الجماعة من قبل.
refused-not-id = «{ $text }» ليس المعرّف المطلوب. المطلوب: { $what }.
refused-not-that = { $id } شيء آخر. المطلوب: { $what }.
refused-not-here = ليس على هذا الجهاز بعد: { $what } { $id }. قد يصل في اللقاء القادم.
refused-no-id-or-mark = «{ $text }» ليس معرّفًا ولا علامة تبدأ بـ @.
refused-mark-unknown = لا مداخلة هنا تحمل العلامة { "\u2066" }@{ $mark }{ "\u2069" }.
refused-gone = لم يعد هذا هنا.
refused-log-missing = الدفتر الذي فيه هذا المدخل ينقص هنا.
refused-words-none = لا شيء يُقال: العنوان والنص فارغان.
refused-words-too-long = هذا طويل جدًا: { $bytes } بايت، والحدّ الأقصى { $max }. قله على دفعات.
refused-mark-too-long = العلامة طويلة جدًا. الحدّ الأقصى: { $max } بايت.
refused-said-wrongly = لا يمكن قول هذا هكذا: { $detail }
refused-field-bad = لا يمكن قول هذا هكذا: إحدى الخانات فارغة أو طويلة جدًا أو مكتوبة خطأً. صحّحها ثم أعد المحاولة.
refused-language-bad = «{ $text }» ليس رمز لغة. اكتب مثلًا fr أو bm أو ff-Adlm أو fr-ML (BCP 47).
refused-language-missing = لا بدّ أن تُذكر لغة الترجمة.
    .command = مثلًا: { "\u2066" }--lang bm{ "\u2069" }
refused-hidden-not-translated = أخفى أحد المشرفين هذا الكلام، فلا يُترجم.
refused-nothing-asked = لم يُطلب شيء.
refused-group-too-large = في هذه الدفعة عمليات أكثر من المسموح. الحدّ الأقصى: { $max }.
refused-persons-first = يأتي الأشخاص قبل غيرهم.
refused-debate-closed = هذا النقاش مغلق: ما يأتي الآن لا يُحسب.
refused-closed-already = هذا النقاش مغلق من قبل.
refused-closing-too-large = عدد الدفاتر في هذا النقاش { $logs }، وأكثر ما يذكره الإغلاق { $max }: فيبقى النقاش مفتوحًا.
refused-window-order = النقاش يُفتح قبل أن يُغلق.
refused-post-needs-debate = المداخلة تكون في نقاش.
refused-other-debate = المداخلة التي تردّ عليها من نقاش آخر.
refused-only-question-to = لا يُوجَّه إلى شخص بعينه إلا سؤال.
refused-not-question = هذه المداخلة ليست سؤالًا.
    .command = { "\u2066" }baro questions{ "\u2069" } يُظهر الأسئلة
refused-vote-unknown = «{ $text }» ليس تصويتًا. يمكنك أن تكون موافقًا أو غير موافق، أو أن تتجاوز.
refused-kind-unknown = «{ $text }» ليس نوعًا من المداخلات. الأنواع: رأي، ومقترح، وسؤال.
refused-order-unknown = «{ $text }» ليس ترتيبًا. المتاح: { "\u2066" }oldest, newest, votes, wanted{ "\u2069" }.
refused-author-elsewhere = لا يغيّر الكلام إلا صاحبه، وهو ليس على هذا الجهاز.
refused-decision-stands = القرار يبقى كما اتُّخذ. يمكن أن يحلّ محلّه قرار جديد.
refused-alert-stands = التنبيه لا يُسحب. يمكن أن يحلّ محلّه تنبيه جديد.
refused-not-hidden = هذه المداخلة ليست مخفيّة: لا حاجة إلى نظرة أخرى.
refused-not-appeal = { $id } ليس طلب نظرة أخرى.
refused-reason-missing = قل لماذا: الجميع يقرأ السبب.
refused-judge-own = من أخفى المداخلة لا يحكم في الطلب: يحكم فيه مشرف آخر أو مدير.
    .command = لتُظهر من جديد ما أخفيته أنت: { "\u2066" }baro unhide{ "\u2069" }
refused-block-self = لا أحد يحجب نفسه.
refused-block-max = لا يمكن حجب أشخاص أكثر. الحدّ الأقصى: { $max }.
refused-text-not-begun = لم يبدأ النص.
refused-signed-already = لقد وقّعت هذا المقترح من قبل.
refused-not-signed = لم توقّع هذا المقترح.
refused-status-unknown = «{ $text }» ليس حالة معروفة. الحالات: استُلم، دُرس، قُبل، رُفض، أُنجز.
refused-say-why = قل لماذا رُفض.
refused-which-office = قل باسم أي منصب تتكلّم.
refused-may-not-edit = لا يحقّ لـ { $name } أن يعدّل هذا النص.
    .command = { "\u2066" }baro text show{ "\u2069" } يقول من يحقّ له ذلك
refused-version-unknown = هذه النسخة ليست هنا.
    .command = { "\u2066" }baro text show --history{ "\u2069" } يُظهر النسخ
refused-not-change = «{ $text }» ليس معرّف تعديل.
refused-text-full = امتلأ هذا النص. تابع في نص جديد.
refused-text-no-character = لا يوجد الحرف رقم { $position } في نص عدد حروفه { $length }.
refused-text-version-gone = نسخة النص التي عدّلتها ليست هنا. افتح النص من جديد وأعد تعديلك.
refused-text-broken = تعذّرت قراءة هذا النص: { $detail }
refused-no-title = لا بدّ للإعلان من عنوان.
refused-priority-unknown = «{ $text }» ليس درجة أولوية. المتاح: { "\u2066" }low, normal, high{ "\u2069" }.
refused-decision-or-alert = القرار ليس تنبيهًا: أعلن كل واحد وحده.
refused-decision-needs-office = القرار يصدر عن منصب: قل أيّ منصب.
refused-alert-fields = الاستعجال والخطورة وما يشبههما للتنبيه وحده.
refused-decider-signed = من اتّخذ القرار وقّعه من قبل: غيره هو الذي يضيف توقيعه.
refused-cosigned-already = { $name } أضاف توقيعه إلى هذا من قبل.
refused-announcement-kind = «{ $text }» ليس نوعًا من الإعلانات. الأنواع: { $kinds }
refused-no-alert = هذا ليس تنبيهًا، أو لم يصل كلامه بعد: لا تُصنع ملفات CAP إلا من التنبيهات.
refused-alert-file = هذا الملف غير مقبول: { $detail }
refused-alert-machines = هذا الملف تبادل بين الآلات ({ $kind }): ليس فيه ما يُعلن للناس.
refused-alert-not-public = هذا التنبيه ليس للعموم، وما يُعلن هنا يقرأه الجميع.
refused-alert-word = «{ $text }» لا يصلح للخانة { $field } في التنبيه. المتاح: { $allowed }
refused-not-time = «{ $text }» ليس تاريخًا. اكتبه هكذا: { "\u2066" }2026-11-25T07:30:00+00:00{ "\u2069" } (مع فرق الساعات عن UTC).
refused-alert-areas = في التنبيه مناطق أكثر من المسموح من الشكل نفسه. الحدّ الأقصى: { $max }.
refused-alert-area = «{ $text }» لا يصلح في خانة { $what }.
refused-alert-field-long = الخانة { $field } في التنبيه طويلة جدًا. الحدّ الأقصى: { $max } بايت.
refused-alert-replaces = ما يحلّ محلّ تنبيه آخر هو تحديث (Update) أو إلغاء (Cancel).
refused-alert-replaces-what = التحديث (Update) أو الإلغاء (Cancel) يحلّ محلّ تنبيه آخر: قل أيّ تنبيه.
refused-alert-web = العنوان المذكور في التنبيه ليس عنوان صفحة.
refused-ask-whom = قل لمن تسأل: شخص أو منصب.
refused-no-offices = لا مناصب في هذه الجماعة بعد.
refused-office-not-among = لا منصب اسمه «{ $name }». المناصب: { $offices }
refused-office-unknown = لا منصب هنا اسمه «{ $name }».
    .command = { "\u2066" }baro responsiveness{ "\u2069" } يُظهر المناصب
refused-state-unknown = «{ $text }» ليس حالة معروفة. المتاح: { "\u2066" }waiting, answered{ "\u2069" }.
refused-entries-max = هذه مداخل أكثر مما يُفتح في مرة واحدة. الحدّ الأقصى: { $max }.
refused-entries-of-several = هذه المداخل من أكثر من جماعة.
refused-entries-which = قل أيّ مداخل تريد.
refused-token-length = يتكوّن رمز البطاقة من 1 إلى 64 بايت.
refused-ballot-post-elsewhere = { $id } من نقاش آخر.
refused-ballot-twice = في البطاقة صوتان على { $id }.
refused-ballot-votes = في البطاقة صوت واحد على الأقل. والحدّ الأقصى للأصوات: { $max }.
refused-ballot-author = لا يصحّح البطاقة إلا من أدخلها، ويمكن لمشرف أن يحسم الأمر.
refused-ballot-unknown = لا بطاقة هنا رمزها { $token }.
refused-ballot-not = { $text } ليس بطاقة رمزها { $token }.
refused-ballot-too-often = عدد مرات استعمال الرمز { $token }: { $times }. إذا زاد على { $max } فلا يُحسم الأمر ولا يُحسب شيء.
refused-file-unknown = الملف { $id } ليس هنا، ولا يذكره أي كلام هنا.
    .command = { "\u2066" }baro blob list{ "\u2069" } يُظهر الملفات
refused-file-ambiguous = أكثر من ملف يبدأ معرّفه بـ { $id }. اكتب منه أكثر.
refused-file-not-id = «{ $text }» ليس معرّف ملف.
refused-file-pinned = هذا الملف مثبّت، فيبقى: ألغِ التثبيت أولًا.
refused-file-not-here = الملف { $id } ليس على هذا الجهاز: أضفه أولًا.
refused-file-too-many = أُرفقت ملفات كثيرة بمداخلة واحدة. عددها: { $count }. الحدّ الأقصى: { $max }.
refused-file-twice = أُرفق الملف نفسه مرتين.
refused-file-rule = لا يمكن إرفاق هذا الملف: { $detail }
refused-file-empty = الملف فارغ.
refused-file-cut = الملف ناقص: ينقطع قبل نهايته. انسخه مرة أخرى، أو سجّله من جديد.
refused-file-kind = هذا النوع من الملفات غير مقبول. يمكن إرفاق: Opus (ogg) وWebM وM4A أو MP4 وJPEG وPNG وWebP وPDF.
refused-file-no-voice = هذا ليس تسجيل صوت. أضفه على أنه صورة أو وثيقة.
refused-file-too-large = في الملف { $size } بايت، والحدّ الأقصى { $max }. اختر ملفًا أصغر أو تكلّم أقلّ.
refused-file-failed = تعذّرت قراءة الملف أو كتابته: { $detail }
refused-course-too-long = في هذه الدورة دروس واختبارات أكثر من المسموح. الحدّ الأقصى: { $max }. اجعلها دورتين.
refused-course-file = { $path }: { $why }
refused-course-file-empty = الملف فارغ.
refused-quiz-broken = تعذّرت قراءة الاختبار: { $detail }
refused-no-section = هذا ليس جزءًا من ملف Baro.
refused-form-too-much = في هذه الاستمارة أكثر من اللازم.
refused-form-files = في هذه الاستمارة ملفات أكثر من المسموح. الحدّ الأقصى: { $max }.
refused-form-too-large = الملفات أكبر مما تقبله هذه الصفحة. الحدّ الأقصى: { $max } ميغابايت.
refused-form-no-words = إحدى خانات الاستمارة ليس فيها كلام يُقرأ.
refused-form-unreadable = تعذّرت قراءة الاستمارة ({ $detail }). ارجع إلى الصفحة وأعد المحاولة.
refused-message-unknown = «{ $text }» ليس رسالة من رسائلك على هذا الجهاز.
    .command = { "\u2066" }baro message list{ "\u2069" } يُظهر رسائلك
refused-message-ambiguous = أكثر من رسالة تبدأ بـ «{ $text }».
refused-message-to-self = لا أحد يكتب إلى نفسه.
refused-message-no-key = لم يصل بعد مفتاح الرسائل الخاص بـ { $name }: سيصل في لقاء قادم، بعد أن يصنعه جهازه.
    .command = على جهازه: { "\u2066" }baro message list{ "\u2069" }
refused-message-waits = رسائل كثيرة من هذا الجهاز ما زالت في الطريق، كل واحدة حتى 60 يومًا. انتظر حتى يذهب بعضها. ما أُرسل من قبل محفوظ.
refused-message-empty = لا بدّ للرسالة من كلام مكتوب أو صوت.
refused-message-too-long = هذا أطول من أن تسعه رسالة واحدة: الحدّ الأقصى 16 كيلوبايت من الكلام، ونحو 128 كيلوبايت مع الصوت.
refused-message-broken = لا يمكن إرسال هذا هكذا: { $detail }
refused-voice-note-long = الحدّ الأقصى للتسجيل في رسالة 120000 بايت، أي نحو دقيقتين. سجّل كلامًا أقصر.
refused-voice-note-code = يُرسل تسجيل الرسالة بترميز base 64.
refused-group-unknown = لست في مجموعة اسمها «{ $name }» على هذا الجهاز.
    .command = { "\u2066" }baro group list{ "\u2069" } يُظهر مجموعاتك
refused-group-ambiguous = أكثر من مجموعة اسمها «{ $name }». أعطِ المعرّف.
    .command = { "\u2066" }baro group list{ "\u2069" } يُظهره
refused-group-owner-only = لا يُدخل أحدًا إلى المجموعة ولا يُخرجه منها إلا من بدأها: { $name }.
refused-group-in-already = هم في هذه المجموعة من قبل.
refused-group-max = في هذه المجموعة أعضاء أكثر من المسموح. الحدّ الأقصى: { $max }.
refused-group-owner-stays = من بدأ المجموعة يبقى فيها.
refused-group-not-in = هذا الشخص ليس في هذه المجموعة.
refused-table-failed = تعذّر صنع أحد الجداول: { $detail }
refused-polis-no-table = { $file } ليس جدولًا من Polis: { $detail }
refused-polis-column = { $file } ليس جدولًا من Polis: ينقصه العمود { $name }.
refused-polis-number = { $file }: «{ $text }» ليس عددًا.
refused-polis-missing = ينقص الملف { $file } بين الجداول التي أخرجها Polis.
refused-polis-twice = ورد التعليق { $id } مرتين في comments.csv.
refused-polis-vote = votes.csv: «{ $text }» ليس تصويتًا.
refused-polis-max = المشاركون أو التعليقات أكثر مما يمكن إحضاره. الحدّ الأقصى: { $max }.
refused-polis-name-taken = على هذا الجهاز شخص اسمه { $name }. اختر اسمًا آخر لهؤلاء الأشخاص.
awaits-room = لا مكان كافيًا: أفرغ بعض المساحة، أو زد المساحة المخصّصة للملفات
awaits-free-link = هذا الاتصال له ثمن: سيصل عبر اتصال مجاني، أو إذا ثُبّت الملف
awaits-anybody = لا جهاز متّصل الآن
awaits-holder = في الطريق، أو ليس عند أي جهاز متّصل
awaits-words = وصلت المداخل دون كلامها، وسيعطيه من هو عنده
warns-fork = كتب { $name } في دفتر واحد من جهازين (أو من نسخة مسترجعة): شُطب ما جاء بعد المدخل { $entry }. وكل ما قبله محفوظ.
warns-waiting = هنا دفاتر (عددها { $logs }) وسندات (عددها { $records }) ليس لأصحابها دور، فلا تُعرض. يستطيع مدير أن يقبلها.
    .command = { "\u2066" }baro accept{ "\u2069" } يُظهرها
deed-to-found = تبدأ الجماعة «{ $name }». عدد مؤسّسيها: { $count }. ومن اجتمع منهم بهذا العدد استطاعوا ما لا يستطيعه غيرهم: { $threshold }.
deed-to-end = يفقد { $who } كل أدواره في { $community }.
deed-to-end-roles = يفقد { $who } في { $community }: { $roles }.
deed-to-shut-out = يفقد { $who } كل أدواره في { $community } لأن مفتاحه سُرق: لا يبقى شيء مما قاله أو وقّعه هناك، إلا إذا قبله مدير.
deed-to-keep = ما قيل ووُقّع من قبل يبقى. السجلات: { $records }. الدفاتر: { $logs }.
deed-signed-by = وقّعه: { $names }.
deed-not-signed-by = لم يوقّعه بعد: { $names }. وإلى ذلك الحين لا أثر له.
