import Model

/// What a layer of the generated registry is like: a real package's name, size, pace and dependencies, as the public
/// index tells them, rounded.
struct Recipe: Sendable {
    let name: String
    /// Unzipped, without its dependencies.
    let megabytes: Double
    /// New versions in a year.
    let pace: Double
    /// Whether its wheels differ by Python version and architecture.
    let isNative: Bool
    let requires: [String]

    /// Name, megabytes, versions a year, N for native or P for pure, dependencies.
    private static let table = """
        requests 0.5 3 P certifi charset-normalizer idna urllib3
        boto3 1.0 50 P botocore jmespath s3transfer python-dateutil six urllib3
        numpy 54 8 N
        pandas 46 6 N numpy python-dateutil pytz tzdata six
        pydantic 2.2 8 P annotated-types pydantic-core typing-extensions typing-inspection
        cryptography 12 8 N cffi pycparser
        pyyaml 2.6 1 N
        sqlalchemy 12 10 N greenlet typing-extensions
        psycopg2-binary 11 1 N
        pillow 17 4 N
        lxml 16 5 N
        beautifulsoup4 0.7 3 P soupsieve typing-extensions
        jinja2 0.6 2 P markupsafe
        fastapi 1.5 20 P starlette pydantic pydantic-core annotated-types typing-extensions anyio idna
        httpx 0.4 3 P anyio certifi httpcore h11 idna
        aiohttp 7 12 N aiohappyeyeballs aiosignal attrs frozenlist multidict propcache yarl idna
        pyjwt 0.1 2 P
        paramiko 0.8 3 P bcrypt cryptography pynacl cffi pycparser invoke
        redis 1.1 8 P
        pymysql 0.2 2 P
        pymongo 5 10 N dnspython
        openpyxl 1.4 1 P et-xmlfile
        scipy 98 5 N numpy
        scikit-learn 38 5 N numpy scipy joblib threadpoolctl
        matplotlib 24 5 N contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil six
        pyarrow 120 5 N
        polars 110 30 N
        openai 5 60 P anyio distro httpx jiter pydantic pydantic-core sniffio tqdm typing-extensions certifi httpcore h11 idna
        langchain-core 3 50 P jsonpatch langsmith packaging pydantic pyyaml tenacity typing-extensions orjson requests
        aws-lambda-powertools 4 24 P jmespath typing-extensions
        aws-xray-sdk 0.5 3 P botocore wrapt jmespath python-dateutil six urllib3
        simplejson 0.3 2 N
        orjson 0.4 8 N
        ujson 0.2 2 N
        python-dateutil 0.5 1 P six
        pytz 1.5 2 P
        arrow 0.3 1 P python-dateutil six tzdata
        marshmallow 0.2 8 P packaging
        jsonschema 0.5 4 P attrs jsonschema-specifications referencing rpds-py typing-extensions
        google-auth 0.9 12 P cachetools pyasn1 pyasn1-modules rsa
        google-api-python-client 90 40 P google-auth google-api-core httplib2 uritemplate protobuf cachetools rsa
        slack-sdk 1.2 8 P
        stripe 4 30 P requests typing-extensions certifi charset-normalizer idna urllib3
        twilio 8 20 P aiohttp pyjwt requests attrs multidict yarl frozenlist aiosignal
        pypdf 1.2 12 P
        reportlab 5 8 P pillow charset-normalizer
        tabulate 0.1 1 P
        pyodbc 1 3 N
        bcrypt 0.7 3 N
        argon2-cffi 0.1 1 P argon2-cffi-bindings cffi pycparser
        opensearch-py 1.4 6 P certifi events python-dateutil requests six urllib3
        elasticsearch 2.4 10 P elastic-transport certifi urllib3 typing-extensions
        geopandas 1.2 3 P numpy packaging pandas pyogrio pyproj shapely python-dateutil pytz tzdata
        shapely 6 3 N numpy
        networkx 6 3 P
        sympy 30 2 P mpmath
        spacy 90 5 N catalogue cymem murmurhash numpy packaging preshed pydantic requests srsly thinc tqdm typer wasabi
        nltk 4 2 P click joblib regex tqdm
        opencv-python-headless 140 5 N numpy
        xmltodict 0.1 1 P
        feedparser 0.4 1 P sgmllib3k
        phonenumbers 20 20 P
        faker 9 30 P tzdata
        mypy-boto3-s3 0.8 12 P typing-extensions
        """

    static let all: [Recipe] = table.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 4, let size = Double(words[1]), let pace = Double(words[2]) else { return nil }
        return Recipe(
            name: String(words[0]), megabytes: size, pace: pace, isNative: words[3] == "N",
            requires: words.dropFirst(4).map(String.init))
    }
}
