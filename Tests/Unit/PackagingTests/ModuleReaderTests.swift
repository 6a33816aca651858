import Contracts
import Model
import Packaging
import Testing

@Suite("What a module imports")
struct ModuleReaderTests {
    /// The imports that are run for certain, and those that may be (`?`), as Python would run them; a `try` as its parts.
    private func imports(_ source: String, _ python: String = "3.12") throws -> [String] {
        let module = ModuleReader.read(Array(source.utf8), for: try #require(PythonVersion(python)))
        return Self.lines(module.body)
    }

    private static func lines(_ block: ModuleSource.Block) -> [String] {
        block.steps.flatMap { step -> [String] in
            switch step {
            case .imports(let found):
                let dots = String(repeating: ".", count: found.level)
                let names = found.names.isEmpty ? "" : ":" + found.names.joined(separator: ",")
                return ["\(found.line) \(dots)\(found.module.joined(separator: "."))\(names)"]
            case .raises: return ["raise"]
            case .perhaps(let block): return lines(block).map { "? \($0)" }
            case .attempt(let attempt):
                return lines(attempt.body).map { "try \($0)" }
                    + attempt.handlers.flatMap { handler in
                        lines(handler.block).map { "except(\(handler.catches.map(String.init) ?? "?")) \($0)" }
                    }
                    + lines(attempt.otherwise).map { "else \($0)" } + lines(attempt.finally).map { "finally \($0)" }
            }
        }
    }

    @Test(
        "are its statements, in all their forms",
        arguments: [
            ("import a, b.c as d\n", ["1 a", "1 b.c"]),
            ("from a import (b as c,\n  d)\nfrom . import e\nfrom ..f.g import *", ["1 a:b,d", "3 .:e", "4 ..f.g"]),
            ("x = 1; import a; import b", ["1 a", "1 b"]),
            ("import \\\n  a\nimport b", ["1 a", "3 b"]),
            ("__import__('a').b(__name__)\n", ["1 a"]),
            ("class A:\n    import a\n    x = 1\nimport b\n", ["2 a", "4 b"]),
            ("\u{FEFF}import a # import b\n\n\n  # x\nimport c\r\nimport d", ["1 a", "5 c", "6 d"]),
            ("importa = 1\nimport_ = 2\nfrom_x(1)\n", []),
        ])
    func statements(source: String, expected: [String]) throws { #expect(try imports(source) == expected) }

    @Test(
        "are not in texts, nor in functions",
        arguments: [
            "'''\nimport a\n'''\n", "\"\"\"x\\\"\"\"\"\nimport_b = 1\n\"\"\"\nimport a\n\"\"\"", "r'\\'\nx = 1\n",
            "def f():\n    import a\n\n    if x:\n        import b\n", "async def f(): import a; import b\n",
            "@d\ndef f(a=[\n1,\n]):\n  '''doc'''\n  import a\n", "x = [\nimport_a,\n]\n",
            "if TYPE_CHECKING:\n    import a\n", "if typing.TYPE_CHECKING: import a\n",
            "f'{x['a']}' f\"{y:'>10}\" f'{{' + f\"\"\"\nimport a {z!r:{w}}\n\"\"\"\n",
            "f'{\"'\" if x else '}'}'\nx = '''\nimport a\n'''\n",
        ])
    func nowhere(source: String) throws { #expect(try imports(source) == []) }

    @Test(
        "may depend on what is not known",
        arguments: [
            ("if x:\n    import a\nelse:\n    import b\nimport c\n", ["? 2 a", "? 4 b", "5 c"]),
            ("for x in y:\n  import a\nelse:\n  import b\n", ["? 2 a", "? 4 b"]),
            ("while x: import a\nimport b\n", ["? 1 a", "2 b"]),
            ("with suppress(ImportError):\n  import a\n", ["? 2 a"]),
            ("with warnings.catch_warnings():\n  import a\n", ["2 a"]),
            ("match x:\n  case 1:\n    import a\n", ["? ? 3 a"]),
            ("match = 1\ncase: int = 3\nimport a\n", ["3 a"]),
            ("if not TYPE_CHECKING:\n  import a\nelif x:\n  import b\nelse:\n  import c\n", ["2 a"]),
        ])
    func conditions(source: String, expected: [String]) throws { #expect(try imports(source) == expected) }

    @Test(
        "may be tried",
        arguments: [
            (
                "try:\n  import a\nexcept ImportError:\n  import b\nimport c\n",
                ["try 2 a", "except(true) 4 b", "5 c"]
            ),
            ("try: import a\nexcept: raise\n", ["try 1 a", "except(true) raise"]),
            (
                "try:\n  import a\nexcept (KeyError, m.ModuleNotFoundError) as e:\n  if e: raise\nelse:\n  import b\n",
                ["try 2 a", "except(true) ? raise", "else 6 b"]
            ),
            (
                "try:\n  import a\nexcept AttributeError:\n  import b\nexcept Own:\n  import c\nfinally:\n  import d\n",
                ["try 2 a", "except(false) 4 b", "except(?) 6 c", "finally 8 d"]
            ),
            (
                "try:\n  try: import a\n  finally: pass\nexcept Exception: import b\n",
                ["try try 2 a", "except(true) 4 b"]
            ),
            ("try: import a; import b\nexcept: pass\nimport c\n", ["try 1 a", "3 c"]),
        ])
    func attempts(source: String, expected: [String]) throws { #expect(try imports(source) == expected) }

    @Test(
        "depend on the target's version",
        arguments: [
            (">= (3, 12)", "3.12", true), (">= (3, 12)", "3.11", false), ("> (3, 12)", "3.12", true),
            ("> (3, 12)", "3.11", false), ("<= (3, 12)", "3.12", false), ("<= (3, 12)", "3.11", true),
            ("< (3,)", "3.12", false), (">= (3,)", "3.10", true), ("[0] == 3", "3.12", true),
            ("[0] < 3", "3.12", false),
            ("[0] >= 3", "3.12", true), ("[:2] == (3, 11)", "3.11", true), ("[:2] > (3, 11)", "3.11", false),
            ("[:2] <= (3, 11)", "3.11", true), ("== (3, 11)", "3.12", false), ("!= (3, 11)", "3.12", true),
        ])
    func versions(condition: String, python: String, holds: Bool) throws {
        let source = "import sys\nif sys.version_info \(condition):\n  import a\nelse:\n  import b\n"
        #expect(try imports(source, python) == ["1 sys", holds ? "3 a" : "5 b"])
    }

    @Test(
        "depend on more than the version if more is asked",
        arguments: [
            "sys.version_info >= (3, 12) and x", "sys.version_info.major == 3", "sys.version_info >= (3, 12, 1)",
            "sys.version_info[1] > 9", "x or sys.version_info >= (3, 8)", "(3, 8) <= sys.version_info",
            "sys.version_info >= (3, 8) or (3, 7)", "sys.version_info == (3, 12)", "six.PY2", "sys.platform == 'win32'",
        ])
    func unknownVersions(condition: String) throws {
        #expect(try imports("if \(condition):\n  import a\nelse:\n  import b\n") == ["? 2 a", "? 4 b"])
    }

    @Test("tells what changes how modules are found")
    func changes() throws {
        func module(_ source: String) throws -> ModuleSource {
            ModuleReader.read(Array(source.utf8), for: PythonVersion(3, 12))
        }
        for source in [
            "sys.path.insert(0, x)", "def f():\n  sys.path += [x]", "from sys import path", "sys.meta_path.append(x)",
            "site.addsitedir(x)", "sys.path[:0] = [x]",
        ] {
            #expect(try module(source).changesPath, "\(source)")
        }
        for source in ["os.path.join(x)", "print(sys.path)", "x.path.join(y)", "'sys.path.insert(0, x)'"] {
            #expect(try !module(source).changesPath, "\(source)")
        }
        let made = try module("sys.modules['a.b'] = x\nsys.modules.setdefault('c', y)\nsys.modules[__name__] = z\n")
        #expect(made.made == ["a", "c"] && !made.makesModules)
        #expect(try module("for n in x: sys.modules[n] = y").makesModules)
        #expect(try !module("y = sys.modules[n]\nif sys.modules[n] == y: pass").makesModules)
        let names = try module(
            "a = 1\ndef b(): c = 1\nclass d: pass\nfrom . import e\nfrom .f import g as h\nimport i.j\n")
        #expect(names.bound == ["a", "b", "d", "h", "i"] && !names.hasUnseenNames)
        #expect(try module("from .a import *").hasUnseenNames && module("def __getattr__(n): pass").hasUnseenNames)
        #expect(try module("x = ctypes.CDLL(y)").loadsLibrary)
        #expect(try !module("try:\n  x = ctypes.CDLL(y)\nexcept OSError: pass").loadsLibrary)
        #expect(try !module("def f():\n  x = ctypes.CDLL(y)").loadsLibrary)
    }

    @Test("comes to an end whatever the source is")
    func noise() throws {
        let seed = UInt64.random(in: 1 ... .max)
        print("seed \(seed)")
        var chance = SeededGenerator(seed: seed)
        let parts = [
            "import a", "from ", ".", "\n", "    ", "\t", "if x:", "try:", "except ImportError:", "else:", "finally:",
            "def f():", "class A:", "'", "\"", "'''", "\"\"\"", "f'", "f\"\"\"", "{", "}", "(", ")", "[", "]", "\\",
            "\\\n", "#",
            ";", ":", "=", ":=", ",", "raise", "sys.modules[", "sys.path.", "sys.version_info", ">= (3,", "12", ")",
            "\r",
            "\u{C}", "é", "\0", "match x:", "with y:", "async ", "as b", "import", "*", "__import__(", "rb'",
            "\u{FEFF}",
        ]
        for _ in 0..<3000 {
            let count = Int.random(in: 0...60, using: &chance)
            var bytes = Array((0..<count).map { _ in parts.randomElement(using: &chance) ?? "" }.joined().utf8)
            if Bool.random(using: &chance), !bytes.isEmpty {
                for _ in 0..<Int.random(in: 1...4, using: &chance) {
                    bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
                }
            }
            _ = ModuleReader.read(bytes, for: PythonVersion(3, 13))
        }
    }

    @Test(
        "is bounded for what is nested without end",
        arguments: ["if x:\n", "f'{", "(", "try:\n", "f\"{x[", "class A: "])
    func nesting(part: String) {
        let deep = (0..<20_000).map { part.hasSuffix("\n") ? String(repeating: " ", count: min($0, 300)) + part : part }
        let module = ModuleReader.read(Array(deep.joined().utf8), for: PythonVersion(3, 12))
        #expect(module.body.steps.count < 10)
    }
}
