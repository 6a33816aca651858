/// What came of importing a layer's modules before it was published.
public struct ImportProof: Sendable, Hashable, Codable {
    /// Where they were imported.
    public let place: Checks.Imports.Place
    /// The interpreter's whole version: `3.12.1`; nil if none was found.
    public let python: String?
    /// How many modules were imported, whether or not that worked.
    public let modules: Int
    /// Why some or all were not tried, or why the answer means less than it seems; one line.
    public let remark: String?
    /// What the slowest module took, in milliseconds of CPU time.
    public let milliseconds: Int?
    /// What the largest process took of memory.
    public let memory: ByteCount?

    public init(
        _ place: Checks.Imports.Place, python: String? = nil, modules: Int = 0, remark: String? = nil,
        milliseconds: Int? = nil, memory: ByteCount? = nil
    ) {
        self.place = place
        self.python = python
        self.modules = modules
        self.remark = remark
        self.milliseconds = milliseconds
        self.memory = memory
    }

    /// For people: `1 module tried by Python 3.12.1 in the sandbox`; with `remark` beside it.
    public var text: String {
        guard let python, modules > 0 else { return "imports untested" }
        let place = place == .lambda ? "Lambda" : "the \(place.rawValue)"
        return "import of \(modules) module\(modules == 1 ? "" : "s") tried by Python \(python) in \(place)"
    }
}
