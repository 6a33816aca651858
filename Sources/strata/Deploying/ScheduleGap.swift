/// How far apart the runs of a schedule are, as far as an alarm wants to know it.
/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
enum ScheduleGap {
    /// After how many days without a success something must be wrong, 1 to 7; 0 if the schedule is too rare for an alarm,
    /// which looks back for a week at most.
    ///
    /// - Parameter schedule: `rate(6 hours)` or `cron(17 3 ? * MON *)`.
    static func silentDays(_ schedule: String) -> Int {
        guard let hours = hours(schedule) else { return 0 }
        // A run may take its time, and the next one then ends later than the last.
        let days = (hours + 12 + 23) / 24
        return days > 7 ? 0 : max(days, 1)
    }

    /// The most hours between two runs; nil for what is not understood, or is more than a week.
    private static func hours(_ schedule: String) -> Int? {
        guard let open = schedule.firstIndex(of: "("), schedule.hasSuffix(")") else { return nil }
        let fields = schedule[schedule.index(after: open)...].dropLast().split(separator: " ").map(String.init)
        switch schedule[..<open] {
        case "rate": return rate(fields)
        case "cron": return cron(fields)
        default: return nil
        }
    }

    private static func rate(_ fields: [String]) -> Int? {
        guard fields.count == 2, let number = Int(fields[0]), (1...10_000).contains(number) else { return nil }
        switch fields[1] {
        case "minute", "minutes": return number / 60 + 1
        case "hour", "hours": return number
        case "day", "days": return number * 24
        default: return nil
        }
    }

    /// Minutes, hours, day of month, month, day of week, year.
    private static func cron(_ fields: [String]) -> Int? {
        guard fields.count == 6, ["*", "?"].contains(fields[2]), fields[3] == "*", fields[5] == "*" else { return nil }
        if ["*", "?"].contains(fields[4]) { return fields[1] == "*" ? 1 : 24 }
        guard let days = weekdays(fields[4]), let first = days.min() else { return nil }
        var last = first
        var most = 0
        for day in days.sorted().dropFirst() + [first + 7] {
            most = max(most, day - last)
            last = day
        }
        return most * 24
    }

    private static let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// 1 for Sunday, as AWS counts.
    private static func weekdays(_ field: String) -> Set<Int>? {
        var days: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { day(String($0)) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last
            else {
                return nil
            }
            days.formUnion(first...last)
        }
        return days
    }

    private static func day(_ text: String) -> Int? {
        names.firstIndex(of: text.uppercased()).map { $0 + 1 } ?? Int(text).flatMap { (1...7).contains($0) ? $0 : nil }
    }
}
