import MillraceCore
import MillraceValues

extension SurveyJudge {
    /// Finds a date in one column and the time of the day in another, as many terminals write them.
    mutating func findTimeInTwo() {
        for date in rows.columns where isCandidate(date) {
            for time in rows.columns where time.name != date.name && isCandidate(time) {
                guard let texts = Self.joined(date, time), let guess = TimeGuess(of: texts), guess.pattern != nil,
                    let index = signals.firstIndex(where: { $0.name == date.name }),
                    let other = signals.firstIndex(where: { $0.name == time.name })
                else { continue }
                signals[index].look = .time
                (signals[index].pattern, signals[index].timeOfDay) = (guess.pattern, time.name)
                (signals[other].look, signals[other].note) = (.text, "the time of the day beside '\(date.name)'")
                instants = texts.compactMap { guess.instant($0, zone: zone) }
                return
            }
        }
    }

    /// Dates and times of the day have marks between their digits; what names an order or a machine is none.
    private func isCandidate(_ column: SurveyedRows.Column) -> Bool {
        guard let first = column.cells.first?.text, first.first?.isNumber == true,
            first.contains(where: { ".-/:".contains($0) })
        else { return false }
        return signals.first { $0.name == column.name }.map { [.text, .number, .amount].contains($0.look) } ?? false
    }

    /// The texts of both, row by row, with a blank between; nil where a row has one of them only.
    private static func joined(_ date: SurveyedRows.Column, _ time: SurveyedRows.Column) -> [String]? {
        guard date.cells.map(\.row) == time.cells.map(\.row) else { return nil }
        return zip(date.cells, time.cells).map { $0.text + " " + $1.text }
    }
}
