/// A name that templates use. A template with any other name does not compile, so a slip is found by the first test.
package enum Slot: String, Sendable, CaseIterable {
    // The frame of every page.
    case root, title, description, canonical, preview, registry, keepTime, menu, href, text, current, kind, feed, script
    case preload, targets, regions, targetCount, regionCount, id, name, place, first
    // Layers in lists.
    case layer, version, summary, rows, featured, hasFeatured, letters, hasLetters, count, letter
    // What changed, and when.
    case recent, hasRecent, at, date, what, same
    // A layer's page.
    case license, requirements, items, target, problems, reason, since, latest, buildNumber, one, open, hasRegions, arn
    case patterns, size, unzipped, zipped, bytes, percent, sha256, chart, line, area, label, from, to, packages
    case hasBuilds, builds, published, status, numbers, expires, diff, files, fragment, isYanked, isGone, successor
    case within, everywhere, blocks, behind, newest, older, still
    case links, hasLinks, address, asked, most, points, x, y
    // The builds of a layer.
    case places, facts, hasFacts, tone, file, notes, delta, previous, changes, hasChanges, unknown, hasPackages
    // Coverage and status.
    case columns, cells, step, have, all, lagging, calm, more, sections, region, rest
    // Deprecations.
    case months, none, hasMonths, month, days, day, build
    // The API's page.
    case example
}
