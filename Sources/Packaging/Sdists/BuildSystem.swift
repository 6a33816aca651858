import Archives
import Model

/// What a source distribution says of how it is built: the table `build-system` of its `pyproject.toml`.
/// https://peps.python.org/pep-0518/, https://peps.python.org/pep-0517/
struct BuildSystem: Sendable, Hashable {
    var requires = ["setuptools>=40.8.0"]
    /// For those that say nothing, as installers do.
    var backend = "setuptools.build_meta:__legacy__"
    var paths: [String] = []

    /// - Throws: `unbuildable` for a table that is not understood; what reading the archive comes to.
    static func read(_ path: String, name: String) async throws(StrataError) -> BuildSystem {
        do {
            guard let bytes = try await ArchiveText.read("pyproject.toml", in: path, name: name) else {
                return BuildSystem()
            }
            return try BuildSystem(String(decoding: bytes, as: UTF8.self), of: name)
        } catch {
            throw StrataError.wrapping(error, .unbuildable, "the source distribution cannot be read")
        }
    }

    private init() {}

    /// - Parameter text: of a `pyproject.toml`.
    init(_ text: String, of name: String) throws(StrataError) {
        func refused(_ why: String) -> StrataError {
            StrataError(.unbuildable, "the 'build-system' of its pyproject.toml \(why)", place: .init(file: name))
        }
        guard let table = try TOMLDocument.parse(text, file: "pyproject.toml")["build-system"]?.table else { return }
        guard let requires = table["requires"]?.array?.compactMap(\.string) else {
            throw refused("does not say what it requires")
        }
        self.requires = try requires.map { text throws(StrataError) in
            do throws(StrataError) {
                return try Requirement(parsing: text).description
            } catch {
                throw refused("requires what a layer could not: \(error.message)")
            }
        }
        if let backend = table["build-backend"] {
            guard let text = backend.string, Self.isBackend(text) else { throw refused("names no back-end") }
            self.backend = text
        }
        paths = table["backend-path"]?.array?.compactMap(\.string) ?? []
        guard paths.count <= 10, paths.allSatisfy(Self.isInside) else {
            throw refused("looks for the back-end outside of it")
        }
    }

    /// `flit_core.buildapi`, `setuptools.build_meta:__legacy__`
    static func isBackend(_ text: String) -> Bool {
        text.utf8.count <= 200 && text.split(separator: ":", omittingEmptySubsequences: false).count <= 2
            && text.split(whereSeparator: { $0 == ":" || $0 == "." }).allSatisfy { part in
                part.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
            } && text.utf8.first.map { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") } == true
    }

    static func isInside(_ path: String) -> Bool {
        path.isPrintable(200) && !path.hasPrefix("/") && !path.hasPrefix("-")
            && !path.split(separator: "/").contains("..")
    }
}
