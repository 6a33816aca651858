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

    @Test("accepts what the target can load, and refuses another machine and a newer C library by name")
    func check() async throws {
        let intel = try await contents(CraftedELF(versions: [("GLIBC_2.28", false)]).bytes)
        try intel.check(machine: "x86_64", glibc: LibraryVersion(2, 28))
        try intel.check(machine: "x86_64", glibc: LibraryVersion(2, 34))
        await expectRefusal(.badWheel, "demo-1.0", "demo/_native.so", "needs version 2.28", "has 2.26") {
            try intel.check(machine: "x86_64", glibc: LibraryVersion(2, 26))
        }
        await expectRefusal(.badWheel, "demo/_native.so", "for x86_64, not for aarch64") {
            try intel.check(machine: "aarch64", glibc: LibraryVersion(2, 34))
        }
        let arm = try await contents(CraftedELF(machine: 183).bytes)
        try arm.check(machine: "aarch64", glibc: LibraryVersion(2, 26))
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
