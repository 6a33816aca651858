/// The top-level modules of Python's standard library on Linux, for each version that Lambda runs.
///
/// Source: `sys.stdlib_module_names` of CPython 3.10.13, 3.11.7, 3.12.1 and 3.13.0, for 3.14 and 3.15 the lists of the
/// package `stdlibs` 2026.9.3, which agrees with the former; without tests and what only other systems have.
public enum StandardLibrary {
    /// The names of a version's modules and packages; nil for a version that the table lacks.
    public static func modules(of python: PythonVersion) -> Set<String>? {
        guard python.major == 3, known.contains(python.minor) else { return nil }
        return table.reduce(into: []) { modules, row in
            if row.versions.contains(python.minor) { modules.formUnion(row.names) }
        }
    }

    private static let known = 10...15

    private static let table: [(versions: ClosedRange<Int>, names: [String])] = [
        row(10...15, always), row(10...10, "binhex"),
        row(10...11, "_bootsubprocess _sha256 _sha512 asynchat asyncore distutils imp smtpd"),
        row(
            10...12,
            """
            _crypt aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap nis nntplib ossaudiodev pipes sndhdr spwd
            sunau telnetlib uu xdrlib
            """),
        row(10...13, "_compression"), row(10...14, "sre_compile sre_constants sre_parse"),
        row(11...15, "_tokenize _typing tomllib"), row(12...15, "_pydatetime _pylong _sha2"),
        row(
            13...15,
            "_colorize _interpchannels _interpqueues _interpreters _opcode_metadata _pyrepl _suggestions _sysconfig"),
        row(14...15, "_ast_unparse _hmac _py_warnings _remote_debugging _types _zstd annotationlib compression"),
        row(15...15, "_math_integer profiling"),
    ]

    private static func row(_ versions: ClosedRange<Int>, _ names: String) -> (ClosedRange<Int>, [String]) {
        (versions, names.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static let always = """
        __future__ _abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp
        _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle _contextvars _csv _ctypes _curses
        _curses_panel _datetime _dbm _decimal _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm
        _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase _md5 _multibytecodec _multiprocessing _opcode
        _operator _pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random _sha1 _sha3 _signal
        _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable _thread
        _threading_local _tkinter _tracemalloc _uuid _warnings _weakref _weakrefset _zoneinfo abc antigravity argparse
        array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop
        collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses
        dataclasses datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl
        filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp
        gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io ipaddress itertools json keyword
        linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder multiprocessing netrc ntpath
        nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib
        posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re
        readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site
        smtplib socket socketserver sqlite3 ssl stat statistics string stringprep struct subprocess symtable sys
        sysconfig syslog tabnanny tarfile tempfile termios textwrap this threading time timeit tkinter token tokenize
        trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uuid venv warnings
        wave weakref webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
        """
}
