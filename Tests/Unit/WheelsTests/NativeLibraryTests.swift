import Model
import Testing
import Wheels

@Suite("Machine code in wheels")
struct NativeLibraryTests {
    private func contents(_ bytes: [UInt8], deflated: Bool = false) async throws -> WheelContents {
        let folder = try Folder()
        let file = CraftedEntry("demo/_native.so", bytes, deflated: deflated)
        return try await CraftedWheel("demo", [file]).write(to: folder).verify()
    }

    @Test("finds the machine and the newest C library that is asked for", arguments: [true, false])
    func versions(deflated: Bool) async throws {
        let names = ["GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_PRIVATE", "CXXABI_1.3", "GLIBC_2.9"]
        let library = CraftedELF(versions: names.map { ($0, false) })
        let found = try #require(try await contents(library.bytes, deflated: deflated).libraries.first)
        #expect(found.path == "demo/_native.so")
        #expect(found.machineName == "x86_64")
        #expect(found.glibc == LibraryVersion(2, 17))
    }

    @Test("does not count weak references; counts packed relocations as 2.36")
    func kinds() async throws {
        let weak = CraftedELF(versions: [("GLIBC_2.40", true), ("GLIBC_2.3", false)])
        #expect(try await contents(weak.bytes).libraries.first?.glibc == LibraryVersion(2, 3))
        let packed = CraftedELF(versions: [("GLIBC_ABI_DT_RELR", false)])
        #expect(try await contents(packed.bytes).libraries.first?.glibc == LibraryVersion(2, 36))
        #expect(try await contents(CraftedELF().bytes).libraries.first?.glibc == nil)
    }

    @Test("finds what the loader has to find for it, and where it looks", arguments: [true, false])
    func needs(deflated: Bool) async throws {
        let library = CraftedELF(
            needed: ["libz.so.1", "libx-1a2b.so"], runpath: "$ORIGIN/../x.libs:$ORIGIN", soname: "libown.so.3")
        let found = try #require(try await contents(library.bytes, deflated: deflated).libraries.first)
        #expect(found.needed == ["libz.so.1", "libx-1a2b.so"])
        #expect(found.searchPaths == ["$ORIGIN/../x.libs", "$ORIGIN"])
        #expect(found.soname == "libown.so.3")
        #expect(!found.isSearchInherited)
        let older = try await contents(CraftedELF(rpath: "$ORIGIN").bytes).libraries.first
        #expect(older?.searchPaths == ["$ORIGIN"] && older?.isSearchInherited == true)
        let both = try await contents(CraftedELF(rpath: "/a", runpath: "/b").bytes).libraries.first
        #expect(both?.searchPaths == ["/b"] && both?.isSearchInherited == false)
    }

    @Test("is a module if it has the function that an import of its name calls")
    func modules() async throws {
        let module = CraftedELF(needed: ["libc.so.6"], symbols: ["PyInit__native"])
        #expect(try await contents(module.bytes).libraries.first?.isModule == true)
        for symbol in ["PyInit__nativ", "PyInit__native2", "xPyInit__native"] {
            #expect(try await contents(CraftedELF(symbols: [symbol]).bytes).libraries.first?.isModule == false)
        }
    }

    @Test("refuses a dynamic section that leads nowhere")
    func damaged() async throws {
        let versions = [(name: "GLIBC_2.17", isWeak: false)]
        for library in [
            CraftedELF(versions: versions, neededError: 1 << 40), CraftedELF(versions: versions, neededError: -1 << 40),
            CraftedELF(versions: versions, countError: 5000),
        ] {
            await expectRefusal(.badWheel, "demo/_native.so", "dynamic section") { try await contents(library.bytes) }
        }
    }

    @Test("survives every library that is cut short, or has a byte changed")
    func mutations() async throws {
        let whole = CraftedELF(versions: [("GLIBC_2.17", false), ("GLIBC_2.28", true)]).bytes
        var generator = Seeded()
        for _ in 0..<200 {
            var bytes = whole
            let index = bytes.indices.randomElement(using: &generator) ?? 0
            if Bool.random(using: &generator) {
                bytes.removeSubrange(index...)
            } else {
                bytes[index] = .random(in: 0...255, using: &generator)
            }
            do { _ = try await contents(bytes) } catch let error as StrataError { #expect(error.code == .badWheel) }
        }
    }
}
