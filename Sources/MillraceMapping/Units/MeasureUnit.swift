import MillraceValues

/// A unit that amounts are turned from and into.
///
/// - Units: `factor` is the amount of the dimension's base unit that one of it is, exactly.
struct MeasureUnit: Hashable, Sendable {
    /// What is measured, and in which base unit.
    enum Dimension: String, CaseIterable, Sendable {
        /// In seconds.
        case time
        /// In kilograms.
        case mass
        /// In metres.
        case length
        /// In square metres.
        case area
        /// In cubic metres.
        case volume
        /// In joules.
        case energy
        /// In pieces.
        case count
    }

    /// The code of UN/ECE Recommendation 20, or the name of a unit of the mapping's own.
    let code: String
    let dimension: Dimension
    let factor: ExactDecimal
    /// Words in use for it.
    let words: [String]
}

extension MeasureUnit {
    /// The units that every mapping knows, by UN/ECE Recommendation 20 (revision 17), with factors as they are defined: the pound is
    /// 0.45359237 kg (1959), the US gallon 231 cubic inches. Units without an exact factor are left out, such as the acre, which
    /// has two, and the month.
    static let all: [MeasureUnit] =
        of(
            .time,
            [
                ("B98", "0.000001", "µs us"), ("C26", "0.001", "ms"), ("SEC", "1", "s sec"), ("MIN", "60", "min"),
                ("HUR", "3600", "h hour hours"), ("DAY", "86400", "d day days"), ("WEE", "604800", "week weeks"),
            ])
        + of(
            .mass,
            [
                ("MC", "0.000000001", "µg ug"), ("MGM", "0.000001", "mg"), ("GRM", "0.001", "g"), ("KGM", "1", "kg"),
                ("DTN", "100", "dt"), ("TNE", "1000", "t"), ("KTN", "1000000", "kt"), ("GRN", "0.00006479891", "gr"),
                ("ONZ", "0.028349523125", "oz"), ("APZ", "0.0311034768", "ozt"), ("LBR", "0.45359237", "lb lbs"),
                ("STN", "907.18474", ""), ("LTN", "1016.0469088", ""),
            ])
        + of(
            .length,
            [
                ("C45", "0.000000001", "nm"), ("4H", "0.000001", "µm um"), ("MMT", "0.001", "mm"),
                ("CMT", "0.01", "cm"),
                ("DMT", "0.1", "dm"), ("MTR", "1", "m"), ("KMT", "1000", "km"), ("INH", "0.0254", "in"),
                ("FOT", "0.3048", "ft"), ("YRD", "0.9144", "yd"), ("SMI", "1609.344", "mi"), ("NMI", "1852", "nmi"),
            ])
        + of(
            .area,
            [
                ("MMK", "0.000001", "mm² mm2"), ("CMK", "0.0001", "cm² cm2"), ("DMK", "0.01", "dm² dm2"),
                ("MTK", "1", "m² m2 qm"), ("ARE", "100", ""), ("HAR", "10000", "ha"), ("KMK", "1000000", "km² km2"),
                ("INK", "0.00064516", "in² in2"), ("FTK", "0.09290304", "ft² ft2"), ("YDK", "0.83612736", "yd² yd2"),
            ])
        + of(
            .volume,
            [
                ("MMQ", "0.000000001", "mm³ mm3"), ("CMQ", "0.000001", "cm³ cm3 ccm"), ("DMQ", "0.001", "dm³ dm3"),
                ("MTQ", "1", "m³ m3 cbm"), ("MLT", "0.000001", "ml mL"), ("CLT", "0.00001", "cl cL"),
                ("DLT", "0.0001", "dl dL"), ("LTR", "0.001", "l L"), ("HLT", "0.1", "hl hL"),
                ("INQ", "0.000016387064", "in³ in3"), ("FTQ", "0.028316846592", "ft³ ft3"),
                ("YDQ", "0.764554857984", "yd³ yd3"), ("OZA", "0.0000295735295625", ""), ("PTL", "0.000473176473", ""),
                ("QTL", "0.000946352946", ""), ("GLL", "0.003785411784", "gal"), ("GLI", "0.00454609", ""),
                ("BLL", "0.158987294928", "bbl"),
            ])
        + of(
            .energy,
            [
                ("JOU", "1", "J"), ("KJO", "1000", "kJ"), ("3B", "1000000", "MJ"), ("GV", "1000000000", "GJ"),
                ("WHR", "3600", "Wh"), ("KWH", "3600000", "kWh"), ("MWH", "3600000000", "MWh"),
                ("GWH", "3600000000000", "GWh"), ("D70", "4.1868", ""), ("E14", "4186.8", ""),
                ("BTU", "1055.05585262", "Btu"),
            ])
        + of(
            .count,
            [
                ("C62", "1", "one"), ("EA", "1", "each"), ("H87", "1", "piece pieces pc pcs PC PCE ST Stk Stück"),
                ("PR", "2", "pair pairs"), ("NPR", "2", ""), ("DZN", "12", "dozen"), ("DPC", "12", ""),
                ("SC", "20", "score"), ("CEN", "100", "hundred"), ("GRO", "144", "gross"),
                ("MIL", "1000", "thousand TS"), ("MIO", "1000000", "million"),
            ])

    private static func of(_ dimension: Dimension, _ rows: [(String, String, String)]) -> [MeasureUnit] {
        rows.compactMap { code, factor, words in
            ExactDecimal(factor).map {
                MeasureUnit(
                    code: code, dimension: dimension, factor: $0,
                    words: words.split(separator: " ").map(String.init))
            }
        }
    }
}
