// swift-tools-version: 6.2
import PackageDescription

// Fuzzers of the readers of foreign text; run by `script/fuzz`. A package of its own: a target with libFuzzer's entry has no
// `main`, and a plain build of the whole package would not link. Built with `--sanitize fuzzer`, which also instruments
// the libraries below.

let fuzzers: [(name: String, needs: [String])] = [
    ("FuzzJSON", ["MillraceValues"]),
    ("FuzzCSV", ["MillraceValues"]),
    ("FuzzJSONata", ["MillraceValues", "JSONata"]),
    ("FuzzMapping", ["MillraceValues", "MillraceCore", "MillraceYAML", "MillraceMapping"]),
]

let package = Package(
    name: "fuzzing",
    dependencies: [.package(name: "millrace", path: "../..", traits: [])],
    targets: fuzzers.map { fuzzer in
        .executableTarget(
            name: fuzzer.name,
            dependencies: fuzzer.needs.map { .product(name: $0, package: "millrace") },
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])])
    }
)
