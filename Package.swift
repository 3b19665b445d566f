// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
let web: TargetDependencyCondition? = .when(traits: ["Web"])

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["millrace"]),
        // For the fuzzers, which are a package of their own (Tests/Fuzzing).
        .library(name: "MillraceValues", targets: ["MillraceValues"]),
        .library(name: "JSONata", targets: ["JSONata"]),
        .library(name: "MillraceCore", targets: ["MillraceCore"]),
        .library(name: "MillraceYAML", targets: ["MillraceYAML"]),
        .library(name: "MillraceMapping", targets: ["MillraceMapping"]),
    ],
    traits: [
        .default(enabledTraits: ["Web"]),
        .trait(name: "Web", description: "The sandbox: a stand-in ERP and a replayed MTConnect agent."),
    ],
    dependencies: [
        // The command line: help, completions and exit of usage errors from one definition.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // The store on the system's SQLite.
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        // YAML nodes with line and column, for every message about a mapping file.
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        // The sandbox's server. One trait named, so that the order of its defines never varies between builds.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: ["FullFoundation"]),
        // Declares the address type that the sandbox's server reports.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        // Declares the log handle that the sandbox's server takes.
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        .target(name: "MillraceValues", dependencies: ["CCrypto"]),
        .target(name: "JSONata", dependencies: ["MillraceValues"]),
        .target(name: "MillraceCore", dependencies: ["MillraceValues"]),
        .target(name: "MillraceFacts", dependencies: ["MillraceValues", "MillraceCore"]),
        .target(name: "MillraceYAML", dependencies: ["MillraceValues", .product(name: "Yams", package: "Yams")]),
        .target(
            name: "MillraceMapping", dependencies: ["MillraceValues", "JSONata", "MillraceCore", "MillraceYAML"]),
        .target(name: "MillraceTransport", dependencies: ["MillraceValues", "CCurl"]),
        .target(name: "MillraceXML", dependencies: ["MillraceValues", "MillraceCore", "CLibXML2"]),
        .target(
            name: "MillraceConnectors",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceTransport", "MillraceXML"]),
        .target(
            name: "MillraceEndpoints",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceMapping", "MillraceTransport", "MillraceXML"]),
        .target(name: "CSQLiteSetup"),
        .target(
            name: "MillraceStore",
            dependencies: [
                "CSQLiteSetup", "MillraceValues", "MillraceCore", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "MillraceSync",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceFacts", "MillraceMapping"]),
        .target(
            name: "MillraceSandbox",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceXML",
                .product(name: "GRDB", package: "GRDB.swift", condition: web),
                .product(name: "Hummingbird", package: "hummingbird", condition: web),
                .product(name: "NIOCore", package: "swift-nio", condition: web),
                .product(name: "Logging", package: "swift-log", condition: web),
            ]),
        .target(
            name: "MillraceCLI",
            dependencies: [
                "MillraceValues", "JSONata", "MillraceCore", "MillraceFacts", "MillraceYAML", "MillraceMapping",
                "MillraceTransport", "MillraceXML", "MillraceConnectors", "MillraceEndpoints", "MillraceStore",
                "MillraceSync", .target(name: "MillraceSandbox", condition: web),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Measures readings to facts in memory; `script/bench --only facts`. Not a product: nobody gets it.
        .executableTarget(
            name: "millrace-facts-bench",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceFacts", "MillraceMapping"]),
        // Linked by the toolchain's lld: its packed relocations and folded functions take 1 to 4 MB off the memory of every run.
        // Unsafe only to packages that depend on this one, and none does.
        .executableTarget(
            name: "millrace", dependencies: ["MillraceCLI"],
            linkerSettings: [
                .unsafeFlags(
                    ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--icf=safe"],
                    .when(platforms: [.linux], configuration: .release))
            ]),
        .target(name: "MillraceTesting", dependencies: ["MillraceValues", "MillraceCore"]),

        .testTarget(name: "MillraceValuesTests", dependencies: ["MillraceValues", "MillraceTesting"]),
        .testTarget(name: "JSONataTests", dependencies: ["MillraceValues", "JSONata", "MillraceTesting"]),
        .testTarget(name: "MillraceCoreTests", dependencies: ["MillraceValues", "MillraceCore", "MillraceTesting"]),
        .testTarget(
            name: "MillraceFactsTests",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceFacts", "MillraceTesting"]),
        .testTarget(
            name: "MillraceMappingTests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceYAML", "MillraceMapping", "MillraceXML", "MillraceTesting",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "MillraceTransportTests",
            dependencies: ["MillraceValues", "MillraceTransport", "MillraceTesting"]),
        .testTarget(
            name: "MillraceXMLTests",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceXML", "MillraceTesting"]),
        .testTarget(
            name: "MillraceConnectorsTests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceTransport", "MillraceXML", "MillraceConnectors",
                "MillraceTesting",
            ]),
        .testTarget(
            name: "MillraceEndpointsTests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceMapping", "MillraceTransport", "MillraceEndpoints",
                "MillraceTesting",
            ]),
        .testTarget(
            name: "MillraceStoreTests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceStore", "MillraceTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "MillraceSyncTests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceFacts", "MillraceMapping", "MillraceConnectors",
                "MillraceEndpoints", "MillraceStore", "MillraceSync", "MillraceTesting",
            ]),
        .testTarget(
            name: "MillraceSandboxTests",
            dependencies: ["MillraceValues", "MillraceCore", "MillraceTransport", "MillraceSandbox"]),
        .testTarget(
            name: "MillraceCLITests",
            dependencies: [
                "MillraceValues", "MillraceCore", "MillraceMapping", "MillraceStore", "MillraceSync", "MillraceCLI",
                "MillraceTesting", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Fixtures"]),
    ]
)

// Every target of ours is held to the same strictness; dependencies keep their own.
for target in package.targets where target.type != .system {
    target.swiftSettings = strict
}
