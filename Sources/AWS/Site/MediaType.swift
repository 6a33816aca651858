/// What a file of the site is, by the end of its name.
/// https://www.iana.org/assignments/media-types/media-types.xhtml
enum MediaType {
    static func of(_ path: String) -> String {
        switch path.split(separator: "/").last?.split(separator: ".").last.map(String.init) {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "json" where path.hasSuffix(".cdx.json"): "application/vnd.cyclonedx+json; version=1.6"
        case "json" where path.hasSuffix(".schema.json"): "application/schema+json"
        case "json": "application/json"
        case "csv": "text/csv; charset=utf-8"
        case "ics": "text/calendar; charset=utf-8"
        case "toml": "application/toml"
        case "txt": "text/plain; charset=utf-8"
        case "xml" where path == "opensearch.xml": "application/opensearchdescription+xml"
        case "xml" where path == "sitemap.xml": "application/xml"
        // All others are feeds.
        case "xml": "application/atom+xml"
        default: "application/octet-stream"
        }
    }

    /// Whether only browsers read a file, all of which take gzip. What scripts read is kept as it is: S3 would hand the
    /// compressed bytes to a client that never asked for them.
    static func isForBrowsers(_ path: String) -> Bool {
        [".html", ".css", ".js", ".svg"].contains(where: path.hasSuffix)
    }
}
