import Model

/// What a module does when it is imported, as far as that is imports.
package struct ModuleSource {
    /// One thing after another.
    package struct Block {
        package var steps: [Step] = []
    }

    package indirect enum Step {
        case imports(Import)
        /// What is run on some condition that is not known here.
        case perhaps(Block)
        case attempt(Attempt)
        case raises
    }

    package struct Import {
        /// `..` has two; none for an absolute one.
        package var level = 0
        /// `a.b` of `import a.b` and `from a.b import c`.
        package var module: [String]
        /// `c` of `from a.b import c`.
        package var names: [String] = []
        package var line: Int
    }

    /// `try`, its handlers, `else` and `finally`.
    package struct Attempt {
        package struct Handler {
            /// Whether it catches an import that failed; nil if that cannot be told.
            package var catches: Bool?
            package var block = Block()
        }
        package var body = Block()
        package var handlers: [Handler] = []
        package var otherwise = Block()
        package var finally = Block()
    }

    package var body = Block()
    /// Names that it binds at its top, other than submodules of its own: a `from` finds these first.
    package var bound: Set<String> = []
    /// Whether a name may be bound that is not seen: by a star or by `__getattr__`.
    package var hasUnseenNames = false
    /// Whether somewhere in it `sys.path` is changed, or the like.
    package var changesPath = false
    /// Whether it makes modules of names that are not seen.
    package var makesModules = false
    /// Modules that it makes: `sys.modules["name"] = …`.
    package var made: Set<String> = []
    /// Whether libraries are loaded by ctypes when it is imported.
    package var loadsLibrary = false
    /// Whether it was read to its end.
    package var isWhole = true
}
