import Model

/// Where a package comes from.
enum PackageLink {
    /// The project's page on PyPI, if the lock's wheel came from there.
    static func address(of package: PackageName, _ lock: Lock?) -> String? {
        guard let wheel = lock?.wheel(of: package), wheel.url.hasPrefix("https://files.pythonhosted.org/") else {
            return nil
        }
        return "https://pypi.org/project/\(package)/"
    }
}
