// sim/scenario/build.cpp: reads each section of the tree, and looks names up as it goes.
//
// Promises: problems are sorted by their place in the file.
// Does not: rely on the order of keys; topology is read first because other sections name its
// parts.

#include "sim/scenario/build.h"

#include "sim/scenario/schema.h"
#include "sim/scenario/units.h"
#include "sim/scenario/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sim::scenario {
namespace {

using Tree = yaml::Node;

std::string text_or(const Tree* tree, std::string_view otherwise) {
  return tree == nullptr ? std::string(otherwise) : tree->text;
}

std::int64_t integer_or(const Tree* tree, std::int64_t otherwise) {
  if (tree == nullptr) return otherwise;
  return yaml::to_integer(*tree).value_or(otherwise);
}

/// A value with a unit, which the schema's format has already accepted.
std::int64_t measure_or(const Tree* tree, Measured (*parse)(std::string_view),
                        std::int64_t otherwise) {
  if (tree == nullptr) return otherwise;
  const Measured value = parse(tree->text);
  return value.ok() ? value.value() : otherwise;
}

/// The items of a list that need not be there.
std::span<const Tree> items_of(const Tree& parent, std::string_view key) {
  const Tree* const list = parent.find(key);
  return list == nullptr ? std::span<const Tree>() : std::span<const Tree>(list->children);
}

const Tree* either_of(const Tree& parent, std::string_view one, std::string_view other) {
  const Tree* const found = parent.find(one);
  return found == nullptr ? parent.find(other) : found;
}

KnobValue knob_value_of(const Tree& tree) {
  if (const std::optional<std::int64_t> number = yaml::to_integer(tree)) return *number;
  if (const std::optional<bool> truth = yaml::to_boolean(tree)) return *truth;
  return tree.text;
}

class Builder {
 public:
  Builder(const Tree& root, std::string_view file) : root_(root) { out_.file = file; }

  Parsed build();

 private:
  void read_header();
  void read_topology();
  void read_nodes(const Tree& topology);
  void read_links(const Tree& topology);
  void read_workloads();
  void read_kubernetes();
  void read_member(const Tree& tree);
  void read_knobs();
  void check_knob(const Knob& knob, const Tree& tree);
  void read_faults();
  void read_expose();
  void read_story();
  void check_story_names(const StoryStep& step, const Tree& tree);

  std::vector<std::string_view> node_names() const;
  std::vector<std::string_view> zone_names() const;
  void require_node(const Tree& place, std::string_view name);
  void require_ends(const Tree& pair);

  void report(Place at, std::string message);

  const Tree& root_;
  Scenario out_;
  std::vector<Problem> problems_;
};

Parsed Builder::build() {
  read_header();
  read_topology();
  read_workloads();
  read_kubernetes();
  read_knobs();
  read_faults();
  read_expose();
  read_story();
  for (const Tree& tree : items_of(root_, "manifests")) {
    out_.manifests.push_back({tree.text, tree.at});
  }
  for (const Tree& tree : items_of(root_, "invariants")) {
    Result<Invariant, std::string> invariant = parse_invariant(tree.text);
    if (invariant.ok()) out_.invariants.push_back(std::move(invariant.value()));
  }
  if (problems_.empty()) return std::move(out_);
  return std::move(problems_);
}

/// Keeps the problems in the order of the file, and only the first ones.
void Builder::report(Place at, std::string message) {
  const auto later = std::find_if(problems_.begin(), problems_.end(), [&](const Problem& other) {
    return at < Place{other.line, other.column};
  });
  problems_.insert(later, {out_.file, at.line, at.column, std::move(message)});
  if (problems_.size() > kProblemsMax) problems_.pop_back();
}

void Builder::read_header() {
  out_.title = text_or(root_.find("title"), "");
  out_.about = text_or(root_.find("about"), "");
  if (const Tree* until = root_.find("until")) {
    out_.until_ns = measure_or(until, parse_duration, 0);
    if (*out_.until_ns == 0) report(until->at, "until: expected a duration above 0s");
  }
  if (const Tree* policy = root_.find("policy")) {
    out_.policy = engine::policy_named(policy->text);  // the schema has checked the name
  }
}

std::vector<std::string_view> Builder::node_names() const {
  std::vector<std::string_view> names;
  for (const Node& node : out_.topology.nodes) names.push_back(node.name);
  return names;
}

std::vector<std::string_view> Builder::zone_names() const {
  std::vector<std::string_view> names;
  for (const Zone& zone : out_.topology.zones) names.push_back(zone.name);
  return names;
}

bool holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void Builder::require_node(const Tree& place, std::string_view name) {
  const std::vector<std::string_view> nodes = node_names();
  if (holds(nodes, name)) return;
  report(place.at, fmt::format("there is no node {}{}; the nodes are {}", in_quotes(name),
                               did_you_mean(name, nodes), listed(nodes)));
}

/// Both ends of `pair` are zones or nodes; only a zone can be both ends at once.
void Builder::require_ends(const Tree& pair) {
  std::vector<std::string_view> names = zone_names();
  const std::vector<std::string_view> nodes = node_names();
  names.insert(names.end(), nodes.begin(), nodes.end());
  for (const Tree& end : pair.children) {
    if (holds(names, end.text)) continue;
    report(end.at, fmt::format("there is no zone or node {}{}; there are {}", in_quotes(end.text),
                               did_you_mean(end.text, names), listed(names)));
  }
  const Tree& to = pair.children[1];
  if (pair.children[0].text == to.text && holds(nodes, to.text)) {
    report(to.at, fmt::format("a node has no link to itself ({})", to.text));
  }
}

void Builder::read_topology() {
  const Tree none;
  const Tree* const declared = root_.find("topology");
  const Tree& topology = declared == nullptr ? none : *declared;
  for (const Tree& tree : items_of(topology, "zones")) {
    const Tree& name = *tree.find("name");
    if (holds(zone_names(), name.text)) {
      report(name.at, fmt::format("a second zone is named {}", in_quotes(name.text)));
      continue;
    }
    out_.topology.zones.push_back({name.text});
  }
  read_nodes(topology);
  read_links(topology);
}

void Builder::read_nodes(const Tree& topology) {
  for (const Tree& tree : items_of(topology, "nodes")) {
    const Tree& name = *tree.find("name");
    if (holds(node_names(), name.text)) {
      report(name.at, fmt::format("a second node is named {}", in_quotes(name.text)));
      continue;
    }
    if (holds(zone_names(), name.text)) {
      report(name.at,
             fmt::format("{} is a zone already; a node needs another name", in_quotes(name.text)));
    }
    const std::vector<std::string_view> zones = zone_names();
    const Tree* const zone = tree.find("zone");
    if (zone != nullptr && !holds(zones, zone->text)) {
      report(zone->at,
             zones.empty()
                 ? fmt::format("there is no zone {}; topology.zones declares zones",
                               in_quotes(zone->text))
                 : fmt::format("there is no zone {}{}; the zones are {}", in_quotes(zone->text),
                               did_you_mean(zone->text, zones), listed(zones)));
    }
    Node node;
    node.name = name.text;
    node.zone = text_or(zone, "");
    node.cores = integer_or(tree.find("cores"), kDefaultCores);
    const Tree* const memory = tree.find("memory");
    node.memory_bytes = measure_or(memory, parse_quantity, kDefaultMemoryBytes);
    if (node.memory_bytes == 0) report(memory->at, "expected memory above 0 bytes");
    out_.topology.nodes.push_back(std::move(node));
  }
  // The machine that workloads run on when they name none.
  bool local_is_used = out_.topology.nodes.empty();
  for (const Tree& workload : items_of(root_, "workloads")) {
    local_is_used = local_is_used || text_or(workload.find("on"), kLocalNode) == kLocalNode;
  }
  if (local_is_used && !holds(node_names(), kLocalNode)) {
    Node local;
    local.name = kLocalNode;
    out_.topology.nodes.push_back(std::move(local));
  }
}

void Builder::read_links(const Tree& topology) {
  for (const Tree& tree : items_of(topology, "links")) {
    const Tree& between = *tree.find("between");
    require_ends(between);
    Link link;
    link.from = between.children[0].text;
    link.to = between.children[1].text;
    for (const Link& other : out_.topology.links) {
      if (std::minmax(other.from, other.to) == std::minmax(link.from, link.to)) {
        report(between.at, fmt::format("a second link is between {} and {}", link.from, link.to));
        break;
      }
    }
    link.latency_ns = measure_or(tree.find("latency"), parse_duration, kDefaultLatencyNs);
    link.jitter_ns = measure_or(tree.find("jitter"), parse_duration, 0);
    link.loss_ppm = measure_or(tree.find("loss"), parse_percentage, 0);
    if (const Tree* bandwidth = tree.find("bandwidth")) {
      link.bandwidth_bps = measure_or(bandwidth, parse_bandwidth, 0);
    }
    link.queue_bytes = measure_or(tree.find("queue"), parse_quantity, kDefaultQueueBytes);
    link.duplicate_ppm = measure_or(tree.find("duplicate"), parse_percentage, 0);
    link.reorder_ppm = measure_or(tree.find("reorder"), parse_percentage, 0);
    link.corrupt_ppm = measure_or(tree.find("corrupt"), parse_percentage, 0);
    out_.topology.links.push_back(std::move(link));
  }
}

void Builder::read_workloads() {
  for (const Tree& tree : items_of(root_, "workloads")) {
    Workload workload;
    if (const Tree* on = tree.find("on")) {
      workload.on = on->text;
      require_node(*on, on->text);
    }
    const Tree& image = *tree.find("image");
    workload.image = image.text;
    workload.image_at = image.at;
    for (const Tree& argument : items_of(tree, "args")) workload.args.push_back(argument.text);
    for (const Tree& variable : items_of(tree, "env")) {
      workload.env.emplace_back(variable.key, variable.text);
    }
    out_.workloads.push_back(std::move(workload));
  }
}

void Builder::read_kubernetes() {
  const Tree* const tree = root_.find("kubernetes");
  if (tree == nullptr) {
    if (root_.find("workloads") == nullptr) {
      report(root_.at,
             "the key \"workloads\" is missing: a scenario runs workloads, or kubernetes");
    }
    if (const Tree* manifests = root_.find("manifests")) {
      report(manifests->key_at, "manifests need the key \"kubernetes\"");
    }
    return;
  }
  Kubernetes& out = out_.kubernetes.emplace();
  std::vector<std::string_view> planes;
  for (const Tree& name : items_of(*tree, "control_plane")) {
    require_node(name, name.text);
    planes.push_back(name.text);
  }
  const Tree* const api = tree->find("api_server");
  if (api != nullptr) require_node(*api, api->text);
  if (planes.empty()) planes.push_back(out_.topology.nodes.front().name);
  const std::string first = api == nullptr ? std::string(planes.front()) : api->text;
  std::vector<std::string_view> outside;
  for (const Tree& name : items_of(*tree, "outside")) {
    require_node(name, name.text);
    outside.push_back(name.text);
    if (holds(planes, name.text) || name.text == first) {
      report(name.at, fmt::format("{} belongs to the control plane", in_quotes(name.text)));
    }
  }
  out.members.push_back({first, true, holds(planes, first), {}, {}});
  for (const Node& node : out_.topology.nodes) {
    if (node.name == first || holds(outside, node.name)) continue;
    const bool manages = holds(planes, node.name);
    out.members.push_back({node.name, manages, manages, {}, {}});
  }
  for (const Tree& node : items_of(*tree, "nodes")) read_member(node);
  if (tree->find("addons") == nullptr) return;
  out.dns = false;
  for (const Tree& addon : items_of(*tree, "addons")) {
    (addon.text == "dns" ? out.dns : out.metrics) = true;
  }
}

void Builder::read_member(const Tree& tree) {
  const Tree& name = *tree.find("name");
  require_node(name, name.text);
  for (Kubernetes::Member& member : out_.kubernetes->members) {
    if (member.name != name.text) continue;
    for (const Tree& label : items_of(tree, "labels")) {
      member.labels.emplace_back(label.key, label.text);
    }
    for (const Tree& taint : items_of(tree, "taints")) {
      const size_t colon = taint.text.rfind(':');
      const std::string_view effect = colon == std::string::npos
                                          ? std::string_view()
                                          : std::string_view(taint.text).substr(colon + 1);
      if (effect != "NoSchedule" && effect != "PreferNoSchedule" && effect != "NoExecute") {
        report(taint.at, fmt::format("expected a taint such as gpu=true:NoSchedule, found {}",
                                     in_quotes(taint.text)));
      }
      member.taints.push_back(taint.text);
    }
  }
}

void Builder::read_knobs() {
  for (const Tree& tree : items_of(root_, "knobs")) {
    Knob knob;
    knob.name = tree.key;
    knob.about = text_or(tree.find("about"), "");
    knob.default_value = knob_value_of(*tree.find("default"));
    knob.value = knob.default_value;
    if (const Tree* min = tree.find("min")) knob.min = yaml::to_integer(*min);
    if (const Tree* max = tree.find("max")) knob.max = yaml::to_integer(*max);
    for (const Tree& value : items_of(tree, "one_of")) knob.one_of.push_back(knob_value_of(value));
    check_knob(knob, tree);
    out_.knobs.push_back(std::move(knob));
  }
}

void Builder::check_knob(const Knob& knob, const Tree& tree) {
  const bool is_integer = std::holds_alternative<std::int64_t>(knob.default_value);
  const Tree* const bounds[] = {tree.find("min"), tree.find("max")};
  for (const Tree* bound : bounds) {
    if (bound == nullptr || is_integer) continue;
    report(bound->key_at, fmt::format("knob {}: {} needs a default that is a whole number",
                                      knob.name, bound->key));
    return;
  }
  if (knob.min && knob.max && *knob.min > *knob.max) {
    return report(bounds[1]->at, fmt::format("knob {}: max is {}, which is below min ({})",
                                             knob.name, *knob.max, *knob.min));
  }
  const std::span<const Tree> choices = items_of(tree, "one_of");
  for (std::size_t i = 0; i < knob.one_of.size(); ++i) {
    if (knob.one_of[i].index() == knob.default_value.index()) continue;
    return report(choices[i].at, fmt::format("knob {}: {} is not of the default's type", knob.name,
                                             in_quotes(choices[i].text)));
  }
  const Tree& initial = *tree.find("default");
  if (!knob_accepts(knob, knob.default_value)) {
    report(initial.at, fmt::format("knob {}: expected {}, found {}", knob.name, describe_knob(knob),
                                   in_quotes(initial.text)));
  }
}

void Builder::read_faults() {
  for (const Tree& tree : items_of(root_, "faults")) {
    Fault fault;
    fault.at_ns = measure_or(tree.find("at"), parse_duration, 0);
    if (const Tree* kill = tree.find("kill")) {
      require_node(*kill, kill->text);
      fault.action = Kill{kill->text};
    } else if (const Tree* restart = tree.find("restart")) {
      require_node(*restart, restart->text);
      fault.action = Restart{restart->text};
    } else if (const Tree* partition = either_of(tree, "partition", "partition_from")) {
      require_ends(*partition);
      fault.action = Partition{partition->children[0].text, partition->children[1].text,
                               partition->key == "partition_from"};
    } else if (const Tree* heal = either_of(tree, "heal", "heal_from")) {
      require_ends(*heal);
      fault.action = Heal{heal->children[0].text, heal->children[1].text, heal->key == "heal_from"};
    }
    if (const Tree* command = tree.find("run")) {
      const Tree* const on = tree.find("on");
      if (on == nullptr) {
        report(tree.at, "the key \"on\" is missing: the node on which the command is run");
      } else {
        require_node(*on, on->text);
        fault.action = Command{on->text, command->text, command->at};
      }
    } else if (const Tree* on = tree.find("on")) {
      report(on->key_at, "the key \"on\" belongs to run");
    }
    out_.faults.push_back(std::move(fault));
  }
}

void Builder::read_expose() {
  for (const Tree& tree : items_of(root_, "expose")) {
    const Tree& node = *tree.find("node");
    require_node(node, node.text);
    const Tree& port = *tree.find("port");
    Expose expose;
    expose.node = node.text;
    expose.port = static_cast<std::uint16_t>(integer_or(&port, 0));
    expose.protocol = text_or(tree.find("protocol"), expose.protocol);
    out_.expose.push_back(std::move(expose));
  }
}

void Builder::read_story() {
  for (const Tree& tree : items_of(root_, "story")) {
    StoryStep step;
    Result<Trigger, std::string> when = parse_trigger(tree.find("when")->text);
    if (when.ok()) step.when = std::move(when.value());
    if (const Tree* look = tree.find("look")) {
      Result<Look, std::string> target = parse_look(look->text);
      if (target.ok()) step.look = std::move(target.value());
    }
    const Tree& say = *tree.find("say");
    if (say.kind == yaml::Kind::scalar) step.say.push_back({"en", say.text});
    for (const Tree& saying : say.children) step.say.push_back({saying.key, saying.text});
    check_story_names(step, tree);
    out_.story.push_back(std::move(step));
  }
}

/// Nodes are declared in the file, so a misspelt one is noticed; goroutines and channels are not.
void Builder::check_story_names(const StoryStep& step, const Tree& tree) {
  const auto* death = std::get_if<OnNodeDeath>(&step.when);
  if (death != nullptr) {
    const std::vector<std::string_view> nodes = node_names();
    const bool matched = std::any_of(nodes.begin(), nodes.end(), [&](std::string_view node) {
      return name_matches(death->node, node);
    });
    if (!matched) require_node(*tree.find("when"), death->node);
  }
  const auto* look = step.look ? std::get_if<LookAtNode>(&*step.look) : nullptr;
  if (look != nullptr && !holds(node_names(), look->name)) {
    report(
        tree.find("look")->at,
        fmt::format("expected goroutine NAME, channel NAME, lock NAME, output or a node; there is "
                    "no node {}{}; the nodes are {}",
                    in_quotes(look->name), did_you_mean(look->name, node_names()),
                    listed(node_names())));
  }
}

}  // namespace

Parsed build(const yaml::Node& root, std::string_view file) {
  return Builder(root, file).build();
}

}  // namespace sim::scenario
