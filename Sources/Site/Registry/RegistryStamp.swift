import Model

extension RegistryStamp {
    /// The file of a branch that holds it.
    public static var path: String { RegistryFile.path }

    /// The stamp in a registry's file; nil if it has none, as those that older versions wrote, or none that can be.
    public init?(in file: [UInt8]?) {
        guard let file, let stamp = try? RegistryJSON.decode(Self.self, from: file, path: Self.path),
            [stamp.id, stamp.run].allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIAlphanumeric) }),
            Self.revisions.contains(stamp.revision)
        else { return nil }
        self = stamp
    }
}
