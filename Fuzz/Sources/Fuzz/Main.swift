import Glibc
import Model

/// What an input can be given to. Refusals are fine; anything that ends the process is a find.
private let targets: [String: @Sendable (UnsafeRawBufferPointer) throws -> Void] = [
    "wheels": wheel, "settings": settings, "registry": registry, "imports": imports, "known-hosts": knownHosts,
    "archives": archive,
]
private let target = CommandLine.arguments.dropFirst().first.flatMap { targets[$0] }

/// libFuzzer's entry. Only errors that a user can be shown may come out.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do { try target?(UnsafeRawBufferPointer(start: start, count: count)) } catch is StrataError {} catch {
        fatalError("\(error)")
    }
    return 0
}

/// The package manager makes this the program's `main`, in place of libFuzzer's own: `Fuzz TARGET OPTION... FOLDER...`.
@_cdecl("Fuzz_main")
public func main(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    guard target != nil else {
        let usage = "usage: Fuzz \(targets.keys.sorted().joined(separator: "|")) [libFuzzer's options] FOLDER...\n"
        write(STDERR_FILENO, usage, usage.utf8.count)
        return 2
    }
    // libFuzzer sees the program's name and what follows the target.
    arguments[1] = arguments[0]
    var count = count - 1
    var rest = Optional(arguments + 1)
    return runDriver(&count, &rest, fuzz)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt
