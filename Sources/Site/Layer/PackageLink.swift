import Model

/// Where readers learn more of a package.
enum PackageLink {
    /// Its homepage, which its author names, and its page on PyPI, if the lock's wheel came from there.
    static func all(of package: Build.Package?, _ lock: Lock?) -> [View] {
        guard let package else { return [] }
        let isOnPyPI = lock?.wheel(of: package.name)?.url.hasPrefix("https://files.pythonhosted.org/") == true
        let links = [
            ("homepage", package.homepage.flatMap(SafeURL.link)),
            ("PyPI", isOnPyPI ? "https://pypi.org/project/\(package.name)/" : nil),
        ]
        return links.compactMap { name, address in address.map { [.name: .text(name), .address: .text($0)] } }
    }
}
