import Foundation
import Model

/// The shapes of JSON that Klayers wrote: lists of releases in files and from its API, and items of its DynamoDB table,
/// exported plainly or as DynamoDB types them.
enum KlayersJSON {
    enum Entry {
        case release(KlayersRow)
        /// The head of a layer or a build, which repeats another item; a build, which is no release.
        case nothingNew
    }

    static func entry(_ bytes: [UInt8]) throws(KlayersRow.Refusal) -> Entry {
        let parsed: Any
        do { parsed = try JSONSerialization.jsonObject(with: Data(bytes)) } catch { throw .init("it is not JSON") }
        guard var object = parsed as? [String: Any] else { throw .init("it is not a JSON object") }
        // DynamoDB's own export wraps each item.
        if object.count == 1, let item = object["Item"] as? [String: Any] { object = item }
        return object["pk"] == nil ? .release(try listed(object)) : try tableItem(object)
    }

    /// An element of a list: `package_version`, `layer_version_arn`, `time_to_live` in the files until 2021;
    /// `packageVersion`, `arn`, `deployStatus`, `expiryDate`, `dependencies` from the API.
    private static func listed(_ object: [String: Any]) throws(KlayersRow.Refusal) -> KlayersRow {
        var row = KlayersRow()
        row.package = try text(object, "package")
        row.version = try text(object, "package_version", "packageVersion")
        row.arn = try text(object, "layer_version_arn", "arn")
        row.region = try optional(object, "deployed_region", "region")
        row.expires = try optional(object, "time_to_live", "expiryDate")
        row.status = try optional(object, "deployStatus")
        row.created = try optional(object, "createdDateTime")
        if let dependencies = object["dependencies"] {
            guard let lines = dependencies as? [String] else { throw .init("'dependencies' is not a list of strings") }
            row.requirements = lines
        }
        return row
    }

    private static func tableItem(_ object: [String: Any]) throws(KlayersRow.Refusal) -> Entry {
        let partition = try text(object, "pk")
        let sort = try text(object, "sk")
        if partition.hasPrefix("bld#v") || partition.hasPrefix("bldVrsn0#") { return .nothingNew }
        guard partition.hasPrefix("lyr#") else { throw .init("the key '\(shown(partition))' is not known") }
        if sort == "lyrVrsn0#" { return .nothingNew }
        guard sort.hasPrefix("lyrVrsn#v") else { throw .init("the key '\(shown(sort))' is not known") }
        var row = KlayersRow()
        row.package = try text(object, "pckg")
        row.version = try text(object, "pckgVrsn")
        row.arn = try text(object, "arn")
        row.region = try optional(object, "rgn")
        row.expires = try optional(object, "exDt")
        row.status = try optional(object, "dplySts")
        row.created = try optional(object, "crtdDt")
        row.deleted = try optional(object, "dltdDt")
        row.requirements = try optional(object, "rqrmntsTxt")?.split(separator: "\n").map(String.init)
        if row.status == nil, row.deleted == nil { throw .init("it has neither a status nor a date of deletion") }
        return .release(row)
    }

    private static func text(_ object: [String: Any], _ names: String...) throws(KlayersRow.Refusal) -> String {
        guard let text = try value(object, names), !text.isEmpty else { throw .init("it has no '\(names[0])'") }
        return text
    }

    private static func optional(_ object: [String: Any], _ names: String...) throws(KlayersRow.Refusal) -> String? {
        try value(object, names)
    }

    /// A text or a whole number under the first of the names that is there, plain or typed (`{"S": "…"}`).
    private static func value(_ object: [String: Any], _ names: [String]) throws(KlayersRow.Refusal) -> String? {
        guard let name = names.first(where: { object[$0] != nil }), let found = object[name] else { return nil }
        switch found {
        case let text as String: return text
        case is NSNull: return nil
        case let number as Int: return String(number)
        case let typed as [String: Any] where typed.count == 1:
            if let text = (typed["S"] ?? typed["N"]) as? String { return text }
            if typed["NULL"] != nil { return nil }
        default: break
        }
        throw .init("'\(name)' is neither a string nor a whole number")
    }
}
