import CZlib
import Model
import Testing
import Wheels

@Suite("Slim libraries")
struct SlimTests {
    /// A library as linkers lay it out: what is loaded, then what only debuggers read.
    private struct Library {
        var loaded: [UInt8]
        var sections: [(name: String, type: Int, bytes: [UInt8])]
        /// After everything.
        var trailer: [UInt8] = []

        var bytes: [UInt8] {
            var names: [UInt8] = [0]
            var headers = [UInt8](repeating: 0, count: 64)
            let start = 64 + 56
            var body = loaded
            func header(_ name: String, type: Int, flags: Int, at offset: Int, size: Int, link: Int = 0) -> [UInt8] {
                defer { names += Array(name.utf8) + [0] }
                return join(
                    names.count.le32, type.le32, flags.le64, 0.le64, offset.le64, size.le64, link.le32, 0.le32, 1.le64,
                    0.le64)
            }
            headers += header(".text", type: 1, flags: 6, at: start, size: loaded.count)
            for section in sections {
                // A table of symbols is followed by its names; relocations are of the fourth, which it is.
                let link = section.type == 2 ? headers.count / 64 + 1 : section.type == 4 ? 4 : 0
                headers += header(
                    section.name, type: section.type, flags: 0, at: start + body.count, size: section.bytes.count,
                    link: link)
                body += section.bytes
            }
            let namesAt = start + body.count
            let own = names.count
            headers += header(".shstrtab", type: 3, flags: 0, at: namesAt, size: own + 10)
            body += names
            while (start + body.count) % 8 != 0 { body.append(0) }
            let count = headers.count / 64
            let head = join(
                [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], 0.le64, 3.le16, 62.le16, 1.le32, 0.le64, 64.le64,
                (start + body.count).le64, 0.le32, 64.le16, 56.le16, 1.le16, 64.le16, count.le16, (count - 1).le16)
            let size = start + loaded.count
            let load = join(1.le32, 5.le32, 0.le64, 0.le64, 0.le64, size.le64, size.le64, 4096.le64)
            return join(head, load, body, headers, trailer)
        }
    }

    /// Bytes that compress like machine code does: words of a small alphabet, with repetitions.
    private static func code(_ count: Int, _ random: inout Seeded) -> [UInt8] {
        let words = (0..<200).map { _ in
            (0..<Int.random(in: 1...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += words[Int.random(in: 0..<words.count, using: &random)] }
        return Array(bytes.prefix(count))
    }

    /// Bytes that do not compress.
    private static func noise(_ count: Int, _ random: inout Seeded) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    private static func deflated(_ bytes: [UInt8], level: Int32) -> [UInt8] {
        var stream = z_stream()
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 1000)
        withUnsafeMutablePointer(to: &stream) { stream in
            #expect(czlib_deflate_init_raw(stream, level) == Z_OK)
            input.withUnsafeMutableBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_in = input.baseAddress
                    stream.pointee.avail_in = UInt32(input.count)
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    #expect(deflate(stream, Z_FINISH) == Z_STREAM_END)
                }
            }
            output.removeLast(Int(stream.pointee.avail_out))
            deflateEnd(stream)
        }
        return output
    }

    /// The library as a layer has it, and the layer.
    private func slimmed(_ bytes: [UInt8], level: Int32? = 6) async throws -> (library: [UInt8], zip: SplicedZip) {
        var entry = CraftedEntry("demo/lib.so", bytes)
        if let level {
            let contents = bytes
            entry.data = Self.deflated(contents, level: level)
            entry.method = 8
            entry.compressedSize = UInt32(entry.data.count)
            entry.size = UInt32(contents.count)
            entry.crc32 = contents.crc32
        }
        var wheel = CraftedWheel("demo", [entry])
        wheel.editRecord = { rows in
            rows.map { $0.hasPrefix("demo/lib.so,") ? "demo/lib.so,\(bytes.recordDigest),\(bytes.count)" : $0 }
        }
        let folder = try Folder()
        let source = try wheel.write(to: folder)
        _ = try await source.verify()
        let zip = try await SplicedZip(
            LayerRecipe(wheels: [source], requirements: "", prune: PruneRules(isSlim: true)), in: folder)
        let library = try #require(zip.contents["python/demo/lib.so"])
        let record = try #require(zip.text("python/demo-1.0.dist-info/RECORD"))
        #expect(record.contains("demo/lib.so,\(library.recordDigest),\(library.count)"), "RECORD says what is there")
        return (library, zip)
    }

    private func debug(_ size: Int, _ random: inout Seeded) -> [(name: String, type: Int, bytes: [UInt8])] {
        [
            (".comment", 1, Array("GCC: (GNU) 12\0".utf8)), (".debug_info", 1, Self.noise(size, &random)),
            (".symtab", 2, [UInt8](repeating: 7, count: 24 * 40)), (".strtab", 3, Self.code(3000, &random)),
        ]
    }

    @Test("lose what only debuggers read; what is loaded stays, byte for byte", arguments: [nil, 1, 6, 9] as [Int32?])
    func cut(level: Int32?) async throws {
        var random = Seeded()
        for size in [100, 33_000, 150_000] {
            let loaded = Self.code(size, &random)
            let bytes = Library(loaded: loaded, sections: debug(250_000, &random)).bytes
            let (library, zip) = try await slimmed(bytes, level: level)
            #expect(library.count < bytes.count - 250_000, "\(size)")
            // The place of the section headers is all that changes.
            #expect(
                Array(library[..<40]) == Array(bytes[..<40])
                    && Array(library[48..<120 + size]) == Array(bytes[48..<120 + size]))
            let text = String(decoding: library[(120 + size)...], as: UTF8.self)
            #expect(text.contains("GCC: (GNU)"))
            #expect(zip.layer.zipped.bytes > 0)
            let again = try await slimmed(bytes, level: level)
            #expect(again.zip.bytes == zip.bytes, "the same bytes each time")
        }
    }

    @Test("are left alone where nothing is known to be safe")
    func alone() async throws {
        var random = Seeded()
        let loaded = Self.code(50_000, &random)
        let whole = Library(loaded: loaded, sections: debug(100_000, &random))
        var appended = whole
        appended.trailer = [UInt8](repeating: 1, count: 100)
        var needed = whole
        // Relocations of what is loaded need the symbols: only the rest goes.
        needed.sections.append((".rela.text", 4, [UInt8](repeating: 0, count: 24)))
        for (name, bytes) in [
            ("appended", appended.bytes), ("no ELF", Self.code(70_000, &random)),
            ("little", Library(loaded: loaded, sections: debug(10, &random).filter { $0.name == ".comment" }).bytes),
            ("cut short", Array(whole.bytes.dropLast(100))),
        ] {
            #expect(try await slimmed(bytes).library == bytes, "\(name)")
        }
        let cut = try await slimmed(needed.bytes).library
        #expect(cut.count <= needed.bytes.count - 100_000)
        #expect(try await slimmed(whole.bytes).library.count < cut.count - 3000, "symbols and their names stay")
    }

    @Test("whatever a library's headers say, it is left alone or cut behind what is loaded")
    func hostile() async throws {
        var random = Seeded()
        let loaded = Self.code(40_000, &random)
        let good = Library(loaded: loaded, sections: debug(60_000, &random)).bytes
        let headers = Int(good[40]) | Int(good[41]) << 8
        #expect(try await slimmed(good).library.count < good.count - 60_000)
        for _ in 0..<60 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place =
                    Bool.random(using: &random)
                    ? Int.random(in: 4..<120, using: &random)
                    : Int.random(in: min(headers, good.count - 64)..<good.count, using: &random)
                bytes[place] =
                    [0, 1, 2, 4, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
                    ?? 0
            }
            // The wheel is refused for what no loader would read, or its library is whole or cut.
            guard let library = try? await slimmed(bytes, level: 6).library else { continue }
            #expect(library.count <= bytes.count)
        }
    }
}
