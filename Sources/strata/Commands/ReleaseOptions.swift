import ArgumentParser
import Model
import Publishing

/// Which releases a command means: a layer, one of its builds, and perhaps one target.
struct ReleaseOptions: ParsableArguments {
    @Argument(help: "The layer.") var layer: String
    @Argument(help: "The build's number, as 'strata explain LAYER' lists it.") var build: Int
    @Option(help: "This target only.") var target: String?

    func selection() throws -> Lifecycle.Selection {
        .init(layer: try layerName(layer), target: try target.map(targetName), buildNumber: build)
    }
}

/// - Throws: `configuration` for a text that cannot be a layer's name.
func layerName(_ text: String) throws(StrataError) -> LayerName {
    guard let name = LayerName(text) else {
        throw StrataError(
            .configuration, "'\(text)' is not a valid layer name", hint: "use at most 64 letters, digits, '-' and '_'")
    }
    return name
}

/// - Throws: `configuration` for a text that is no target. Old targets are let through: imports hold them.
func targetName(_ text: String) throws(StrataError) -> Target {
    guard let target = Target(text) else {
        throw StrataError(
            .configuration, "'\(text)' is not a target", hint: "write for example python3.13 or python3.13-arm64")
    }
    return target
}

/// - Throws: `configuration` for a text that is no region.
func regionName(_ text: String) throws(StrataError) -> Region {
    guard let region = Region(text) else {
        throw StrataError(.configuration, "'\(text)' is not a region", hint: "write for example eu-west-1")
    }
    return region
}

/// - Throws: `configuration` for a text that is no date.
func dateValue(_ text: String) throws(StrataError) -> Timestamp {
    guard let date = Timestamp(text) else {
        throw StrataError(.configuration, "'\(text)' is not a date", hint: "write for example 2027-06-30")
    }
    return date
}
