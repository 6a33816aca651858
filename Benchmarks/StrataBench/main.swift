import Crypto
import FoundationEssentials
import Glibc
import Model
import Wheels

// What the benchmarks measure, without the rest of the tool around it:
//
//     strata-bench splice OUTPUT NAME=SHA256=PATH...   a layer's zip from wheels, as 'strata build' makes it
//     strata-bench floor OUTPUT NAME=SHA256=PATH...    the least that could be done: copy the wheels, and their SHA-256
//     strata-bench publish URL AUTHORITIES SHA256=ZIP REGION,...
//                                                      a layer to many regions; prints the seconds that it took

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "publish", arguments.count == 5 {
    let words = Array(arguments.dropFirst())
    let zip = words[2].split(separator: "=", maxSplits: 1).map(String.init)
    let fanOut = try FanOut(
        url: words[0], authorities: words[1], zip: try required(zip.last, "zip"),
        sha256: try required(zip.first.flatMap(ContentDigest.init(hex:)), "digest"),
        regions: try words[3].split(separator: ",").map { try required(Region(String($0)), "region \($0)") })
    print(try await fanOut.run())
    exit(0)
}
let wheels = arguments.dropFirst(2).compactMap { argument -> WheelSource? in
    let parts = argument.split(separator: "=", maxSplits: 2).map(String.init)
    guard parts.count == 3, let name = WheelFileName(parts[0]), let digest = ContentDigest(hex: parts[1]) else {
        return nil
    }
    return WheelSource(path: parts[2], fileName: name, sha256: digest)
}
guard arguments.count >= 3, wheels.count == arguments.count - 2 else {
    print("usage: strata-bench splice|floor OUTPUT NAME=SHA256=PATH...")
    exit(2)
}
let output = arguments[arguments.startIndex + 1]
switch arguments.first {
case "splice":
    let layer = try await LayerRecipe(wheels: wheels, requirements: "").splice(to: output)
    print("\(layer.entries) entries, \(layer.zipped), sha256 \(layer.sha256)")
case "floor":
    try copyAndHash(wheels, to: output)
default:
    exit(2)
}

/// One thread, one buffer, system calls: nothing that a splice does besides.
func copyAndHash(_ wheels: [WheelSource], to output: String) throws {
    let target = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard target >= 0 else { throw StrataError(.file, "cannot write \(output)") }
    defer { close(target) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 4096)
    defer { buffer.deallocate() }
    for wheel in wheels {
        let source = open(wheel.path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw StrataError(.file, "cannot read \(wheel.path)") }
        defer { close(source) }
        var hasher = SHA256()
        while true {
            let count = read(source, buffer.baseAddress, buffer.count)
            guard count > 0 else { break }
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(bufferPointer: part)
            guard write(target, part.baseAddress, count) == count else {
                throw StrataError(.file, "cannot write \(output)")
            }
        }
        guard ContentDigest(hasher.finalize()) == wheel.sha256 else {
            throw StrataError(.badWheel, "\(wheel.path) is not what it should be")
        }
    }
}
