/// A 64-bit little-endian ELF library that asks for symbol versions, without section headers.
struct CraftedELF {
    var machine = 62
    var versions: [(name: String, isWeak: Bool)] = []
    /// Added to where the dynamic section says that the version needs lie.
    var neededError = 0
    var countError = 0
    /// Libraries that it needs, where it looks for them, and names of its symbols.
    var needed: [String] = []
    var rpath: String?
    var runpath: String?
    var soname: String?
    var symbols: [String] = []

    var bytes: [UInt8] {
        let base = 0x10000
        var strings: [UInt8] = [0]
        var auxiliaries: [UInt8] = []
        for (index, version) in versions.enumerated() {
            let next = index + 1 < versions.count ? 16 : 0
            auxiliaries += join(0.le32, (version.isWeak ? 2 : 0).le16, 2.le16, strings.count.le32, next.le32)
            strings += Array(version.name.utf8) + [0]
        }
        var tags: [(Int, Int)] = []
        func add(_ text: String) -> Int {
            defer { strings += Array(text.utf8) + [0] }
            return strings.count
        }
        for name in self.needed { tags.append((1, add(name))) }
        if let rpath { tags.append((15, add(rpath))) }
        if let runpath { tags.append((29, add(runpath))) }
        if let soname { tags.append((14, add(soname))) }
        for symbol in symbols { _ = add(symbol) }
        let needed = join(1.le16, versions.count.le16, 0.le32, 16.le32, 0.le32, auxiliaries)
        let dynamicAt = 64 + 2 * 56
        let dynamicSize = (5 + tags.count) * 16
        let neededAt = dynamicAt + dynamicSize
        let stringsAt = neededAt + needed.count
        let dynamic = join(
            tags.flatMap { $0.0.le64 + $0.1.le64 }, 5.le64, (base + stringsAt).le64, 10.le64, strings.count.le64,
            0x6FFF_FFFE.le64,
            (base + neededAt + neededError).le64, 0x6FFF_FFFF.le64, (1 + countError).le64, 0.le64, 0.le64)
        let size = stringsAt + strings.count
        let load = join(
            1.le32, 5.le32, 0.le64, base.le64, base.le64, size.le64, size.le64, 4096.le64)
        let header = join(
            [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], 0.le64, 3.le16, machine.le16, 1.le32, 0.le64, 64.le64, 0.le64,
            0.le32, 64.le16, 56.le16, 2.le16, 0.le16, 0.le16, 0.le16)
        let pointer = join(
            2.le32, 6.le32, dynamicAt.le64, (base + dynamicAt).le64, (base + dynamicAt).le64, dynamicSize.le64,
            dynamicSize.le64, 8.le64)
        return join(header, load, pointer, dynamic, needed, strings)
    }
}
