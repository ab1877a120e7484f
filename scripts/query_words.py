"""The words that ``query_classes`` makes its queries from, written by hand."""

# What people say for the verbs and nouns of tool descriptions.
SAID_OTHERWISE = {
    "access": "reach",
    "account": "login",
    "add": "put in",
    "analyze": "examine",
    "answer": "reply",
    "article": "post",
    "available": "offered",
    "blockchain": "ledger",
    "calculate": "work out",
    "chart": "graph",
    "check": "verify",
    "code": "source",
    "company": "business",
    "content": "text",
    "convert": "turn",
    "create": "make",
    "current": "present",
    "data": "information",
    "database": "data store",
    "delete": "remove",
    "description": "summary",
    "details": "particulars",
    "directory": "folder",
    "display": "show",
    "document": "paper",
    "download": "save locally",
    "edit": "change",
    "email": "mail message",
    "entry": "item",
    "error": "fault",
    "execute": "run",
    "extract": "pull out",
    "fetch": "grab",
    "file": "document on disk",
    "filter": "narrow down",
    "find": "look up",
    "folder": "directory",
    "function": "routine",
    "generate": "produce",
    "get": "fetch",
    "historical": "past",
    "image": "picture",
    "information": "facts",
    "insert": "put in",
    "issue": "ticket",
    "latest": "newest",
    "list": "enumerate",
    "location": "place",
    "manage": "administer",
    "message": "note",
    "modify": "alter",
    "multiple": "several",
    "name": "title",
    "news": "headlines",
    "number": "count",
    "open": "launch",
    "page": "web site",
    "parameters": "arguments",
    "perform": "carry out",
    "photo": "picture",
    "price": "cost",
    "project": "undertaking",
    "provide": "supply",
    "query": "question",
    "random": "arbitrary",
    "read": "view",
    "record": "row",
    "remove": "get rid of",
    "repository": "code base",
    "request": "call",
    "result": "outcome",
    "retrieve": "obtain",
    "return": "give back",
    "run": "execute",
    "schedule": "plan",
    "search": "look",
    "select": "choose",
    "send": "deliver",
    "server": "host",
    "set": "assign",
    "show": "present",
    "specific": "particular",
    "start": "begin",
    "stock": "share",
    "stop": "halt",
    "task": "to-do",
    "text": "wording",
    "token": "coin",
    "update": "change",
    "upload": "put online",
    "use": "employ",
    "user": "person",
    "validate": "verify",
    "video": "clip",
    "view": "look at",
    "weather": "conditions outside",
    "website": "web page",
    "write": "store",
}

REQUESTS = (
    "I need to {}",
    "please {}",
    "can you {}",
    "I would like to {}",
    "is there a way to {}",
    "help me {}",
)

# What somebody may ask for in another language, and by which pattern the names of tools that
# answer it are known.
OTHER_LANGUAGES = (
    # German
    ("Wie wird das Wetter morgen in Berlin?", r"weather|forecast"),
    ("Übersetze einen Text ins Englische", r"translate|translator|get_translation"),
    ("eine E-Mail senden", r"send.*e?mail|e?mails?.*send"),
    ("aktueller Aktienkurs eines Unternehmens", r"stock.*(price|quote)|quote"),
    ("Hotel in München suchen", r"hotel"),
    ("einen Termin in den Kalender eintragen", r"create.?(calendar.?)?event|calendar_add"),
    ("Bildschirmfoto einer Webseite aufnehmen", r"screenshot"),
    ("Datei lesen", r"read.*file"),
    ("ein sicheres Passwort erzeugen", r"password"),
    ("aktuelle Uhrzeit in Tokio", r"(current|local).*time|get_?time$"),
    # French
    ("quel temps fera-t-il demain à Paris", r"weather|forecast"),
    ("traduire une phrase en anglais", r"translate|translator|get_translation"),
    ("envoyer un courriel", r"send.*e?mail|e?mails?.*send"),
    ("convertir des euros en dollars", r"currency|exchange_?rate"),
    ("générer une image à partir d'un texte", r"generate.?image|image.?generation"),
    ("rechercher un article sur Wikipédia", r"wikipedia"),
    ("les dernières nouvelles du jour", r"news|headline"),
    ("trouver un restaurant près de moi", r"restaurant"),
    ("raconte-moi une blague", r"joke"),
    ("créer un code QR", r"qr_?code|getQR$"),
    # Spanish
    ("pronóstico del tiempo para Madrid", r"weather|forecast"),
    ("buscar vuelos baratos", r"flight"),
    ("enviar un correo electrónico", r"send.*e?mail|e?mails?.*send"),
    ("precio actual del bitcoin", r"(coin|crypto).*price|price.*coin|coingecko"),
    ("ejecutar una consulta SQL en la base de datos", r"(execute|run).*(query|sql)|^query$"),
    ("buscar ofertas de trabajo", r"search_jobs|job_(list|post)"),
    ("convertir un documento a PDF", r"pdf"),
    ("listar los contenedores de Docker", r"list.*container"),
    ("terremotos recientes", r"earthquake"),
    ("buscar alojamiento en Airbnb", r"airbnb"),
    # Portuguese
    ("previsão do tempo para Lisboa", r"weather|forecast"),
    ("enviar um e-mail", r"send.*e?mail|e?mails?.*send"),
    ("procurar artigos científicos no arXiv", r"arxiv|paper"),
    ("converter moeda de reais para dólares", r"currency|exchange_?rate"),
    ("transcrição de um vídeo do YouTube", r"transcript|caption|subtitle"),
    ("verificar se um domínio está disponível", r"domain"),
    ("criar uma tarefa nova", r"(create|add).*(task|todo)"),
    # Italian
    ("che tempo farà domani a Roma", r"weather|forecast"),
    ("inviare un'e-mail", r"send.*e?mail|e?mails?.*send"),
    ("cercare un film", r"movie|film"),
    ("indicazioni stradali da Milano a Torino", r"direction|route"),
    ("cercare sul web", r"web.*search|search.*web|search_engine|duckduckgo"),
    ("disegnare un diagramma", r"diagram|mermaid"),
    ("oroscopo di oggi", r"horoscope"),
    # Dutch, Polish
    ("weersvoorspelling voor Amsterdam", r"weather|forecast"),
    ("een e-mail versturen", r"send.*e?mail|e?mails?.*send"),
    ("prognoza pogody na jutro", r"weather|forecast"),
    ("wyślij wiadomość e-mail", r"send.*e?mail|e?mails?.*send"),
    # Japanese
    ("東京の明日の天気予報", r"weather|forecast"),
    ("ページのスクリーンショットを撮る", r"screenshot"),
    ("メールを送信する", r"send.*e?mail|e?mails?.*send"),
    ("テキストを英語に翻訳する", r"translate|translator|get_translation"),
    # Chinese
    ("查询北京的天气", r"weather|forecast"),
    ("发送电子邮件", r"send.*e?mail|e?mails?.*send"),
    ("获取股票价格", r"stock.*(price|quote)|quote"),
    ("搜索最新新闻", r"news|headline"),
    ("查询航班", r"flight"),
    # Russian
    ("прогноз погоды в Москве", r"weather|forecast"),
    ("отправить электронное письмо", r"send.*e?mail|e?mails?.*send"),
    ("поиск в интернете", r"web.*search|search.*web|search_engine|duckduckgo"),
    ("сделать снимок экрана", r"screenshot"),
    # Korean
    ("서울 날씨 예보", r"weather|forecast"),
    ("이메일 보내기", r"send.*e?mail|e?mails?.*send"),
)

# Words of the language of which no three together ask for anything. None is a word of a tool's name
# in the catalogue; "lighthouse" and "sleeps" were here until they found the tools called so.
_SALAD = """
accordion angrily apologizes banana bathtub beetle bishop bored butter cactus cathedral
cheese chimney colorless courage cousin cradle curtain cushion custard dreams elbow elephant
envies eyebrow feather forgets forgot frown furiously garlic gently ghost giggles giraffe
goose grandmother gravity green grief harp hiccup hollow honest hungry ideas ivory jealous
kettle kneels knight lantern laughter lawn legislates lullaby marmalade marries
meadow melancholy mittens moonlight mourns mustache nostalgia onion opera oyster parsley
patient pear penguin philosopher pickle pillow porridge puddle purple quietly rainbow regret
ribbon saddle sadness seven shadow sideways silence sings sneezes sofa sorrow soup
spoon swallows swims teapot tender thimble thunder tickles tomorrow toothbrush triangular
trombone turnip umbrella uncle velvet violin waltz weeps whiskers whispering whistles
windmill wisdom wrestles yawns yesterday
"""

_SYLLABLES = """
ba be bo cla cor dal dri flu foz gam gor hul ib jor ka ki ko lu mel mur na nex osk pi plo
qua ril shu sku tam tra ulv va vo wim xan yol zim zor
"""

SALAD = _SALAD.split()
SYLLABLES = _SYLLABLES.split()
