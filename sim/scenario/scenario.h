// sim/scenario/scenario.h: a scenario file as a plain value.
//
// Promises: any bytes give a scenario or at least one problem with its place. In a scenario every
// name of a zone, node or end of a link is declared, every default is filled in, and every unit is
// an integer.
// Does not: read files, know which images or kinds of manifests exist (their places are kept for
// whoever does), or start anything. It runs on the host, outside every world.

#pragma once

#include "engine/task/policy.h"
#include "sim/scenario/knobs.h"
#include "sim/scenario/phrases.h"
#include "sim/yaml/problem.h"
#include "sim/yaml/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sim::scenario {

using yaml::format_problem;
using yaml::format_problems;
using yaml::Place;
using yaml::Problem;
using yaml::Result;

inline constexpr std::int64_t kFormatVersion = 1;
inline constexpr std::string_view kLocalNode = "local";
inline constexpr std::int64_t kDefaultCores = 1;
inline constexpr std::int64_t kDefaultMemoryBytes = std::int64_t{1} << 30;
inline constexpr std::int64_t kDefaultLatencyNs = 1'000'000;
inline constexpr std::int64_t kDefaultQueueBytes = 256 << 10;

struct Zone {
  std::string name;
  bool operator==(const Zone&) const = default;
};

struct Node {
  std::string name;
  /// Empty: in no zone.
  std::string zone;
  std::int64_t cores = kDefaultCores;
  std::int64_t memory_bytes = kDefaultMemoryBytes;
  bool operator==(const Node&) const = default;
};

/// The network between two zones or nodes, in both directions.
struct Link {
  std::string from;
  std::string to;
  std::int64_t latency_ns = kDefaultLatencyNs;
  std::int64_t jitter_ns = 0;
  /// Lost packets in a million.
  std::int64_t loss_ppm = 0;
  /// Nothing: bits enter at once.
  std::optional<std::int64_t> bandwidth_bps;
  /// Bytes that may wait to enter.
  std::int64_t queue_bytes = kDefaultQueueBytes;
  /// Of a million packets.
  std::int64_t duplicate_ppm = 0;
  std::int64_t reorder_ppm = 0;
  std::int64_t corrupt_ppm = 0;
  bool operator==(const Link&) const = default;
};

struct Topology {
  std::vector<Zone> zones;
  /// Holds the node `local` also where the file only implies it.
  std::vector<Node> nodes;
  std::vector<Link> links;
  bool operator==(const Topology&) const = default;
};

/// A program that is started with the scenario.
struct Workload {
  std::string on = std::string(kLocalNode);
  std::string image;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// Of the image, for whoever finds that there is none of that name.
  Place image_at;
  bool operator==(const Workload&) const = default;
};

/// A Kubernetes cluster on the scenario's nodes.
struct Kubernetes {
  struct Member {
    std::string name;
    bool is_control_plane = false;
    /// Has a scheduler and a controller manager.
    bool manages = false;
    std::vector<std::pair<std::string, std::string>> labels;
    /// `KEY=VALUE:EFFECT` or `KEY:EFFECT`.
    std::vector<std::string> taints;
    bool operator==(const Member&) const = default;
  };
  /// In the order of the topology, but the one with the API server first.
  std::vector<Member> members;
  bool dns = true;
  bool metrics = false;
  bool operator==(const Kubernetes&) const = default;
};

/// A text in YAML that is applied when the cluster has come up.
struct Manifest {
  std::string text;
  Place at;
  bool operator==(const Manifest&) const = default;
};

struct Kill {
  std::string node;
  bool operator==(const Kill&) const = default;
};
struct Restart {
  std::string node;
  bool operator==(const Restart&) const = default;
};
/// No packet passes between two zones or nodes.
struct Partition {
  std::string from;
  std::string to;
  /// Packets in the other direction still pass.
  bool one_way = false;
  bool operator==(const Partition&) const = default;
};
/// Packets pass again.
struct Heal {
  std::string from;
  std::string to;
  bool one_way = false;
  bool operator==(const Heal&) const = default;
};

/// Someone runs a program at a node's console: its words, and its standard input behind the first
/// line.
struct Command {
  std::string node;
  std::string text;
  /// Of the command.
  Place at;
  bool operator==(const Command&) const = default;
};

/// What is done or goes wrong at an instant. Faults keep the order of the file, which need not be
/// that of time.
struct Fault {
  std::int64_t at_ns = 0;
  std::variant<Kill, Restart, Partition, Heal, Command> action;
  bool operator==(const Fault&) const = default;
};

/// A port that may be opened to the real network.
struct Expose {
  std::string node;
  std::uint16_t port = 0;
  std::string protocol = "tcp";
  bool operator==(const Expose&) const = default;
};

/// A text in one language.
struct Saying {
  std::string language;
  std::string text;
  bool operator==(const Saying&) const = default;
};

struct StoryStep {
  Trigger when;
  std::optional<Look> look;
  /// English is always among them.
  std::vector<Saying> say;
  bool operator==(const StoryStep&) const = default;
};

struct Scenario {
  /// The file that it came from, as problems name it.
  std::string file;
  /// The folder of a scenario.yaml, or else the file's name without its ending.
  std::string name;
  std::string title;
  std::string about;
  /// Nothing: the run ends when its programs do.
  std::optional<std::int64_t> until_ns;
  /// Which ready goroutine runs next, unless the command line says otherwise.
  std::optional<engine::Policy> policy;
  Topology topology;
  std::vector<Workload> workloads;
  std::optional<Kubernetes> kubernetes;
  std::vector<Manifest> manifests;
  std::vector<Knob> knobs;
  std::vector<Fault> faults;
  std::vector<Invariant> invariants;
  std::vector<Expose> expose;
  std::vector<StoryStep> story;
  /// identity_hash() of the file; set knobs do not change it.
  std::uint64_t identity = 0;
};

/// A scenario, or its problems (at least one, at most 20), in the order of the file.
using Parsed = Result<Scenario, std::vector<Problem>>;

/// Reads a scenario file. `file_name` names it in problems and gives the scenario its name.
[[nodiscard]] Parsed parse(std::string_view file_name, std::string_view text);

/// Sets a knob from `NAME=VALUE`. On a mistake the scenario is unchanged and the result is a
/// message that says what is allowed.
[[nodiscard]] std::optional<std::string> set_knob(Scenario& scenario, std::string_view setting);

/// What links and run files carry to notice that a scenario changed: 64-bit FNV-1a over the bytes.
/// Source: Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm".
[[nodiscard]] std::uint64_t identity_hash(std::string_view bytes);

/// What the step says in `language`, or else in English.
[[nodiscard]] std::string_view say_in(const StoryStep& step, std::string_view language);

/// The JSON Schema of scenario files, for an editor's completion and documentation.
[[nodiscard]] std::string_view schema_text();

/// `fifo, random, pct or go`: what a message says was expected.
[[nodiscard]] std::string policy_names();

}  // namespace sim::scenario
