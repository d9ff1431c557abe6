#include "tests/k8s/scheduler_reference.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "tests/k8s/scheduler_reference_read.h"

namespace scheduler_reference {
namespace {

class Judge {
 public:
  Judge(const World& world, const Value& pod) : world_(world), pod_(pod) {
    for (const Value& other : world.pods) {
      by_node_[text(other["spec"]["nodeName"])].push_back(other);
    }
  }

  std::map<Text, Judgement> judge() {
    std::map<Text, Judgement> out;
    std::vector<Value> feasible;
    for (const Value& node : world_.nodes) {
      Judgement& of = out[name_of(node)];
      filter(node, of);
      of.fits = of.reasons.empty();
      if (of.fits) feasible.push_back(node);
    }
    if (feasible.size() > 1) score(feasible, out);
    return out;
  }

 private:
  const std::vector<Value>& pods_on(const Value& node) { return by_node_[name_of(node)]; }

  static std::optional<Text> label(const Value& node, const Text& key) {
    const Labels labels = labels_of(node);
    const auto found = labels.find(key);
    if (found == labels.end()) return {};
    return found->second;
  }

  void filter(const Value& node, Judgement& of) {
    const auto refuse = [&](const Text& plugin, const Text& why) {
      of.plugin = plugin;
      of.reasons.push_back(why);
    };
    if (node["spec"]["unschedulable"].truth()) {
      const Value taint = sim::json::Object()
                              .set("key", "node.kubernetes.io/unschedulable")
                              .set("effect", "NoSchedule")
                              .build();
      if (!tolerates(pod_, taint)) {
        refuse("NodeUnschedulable", "node(s) were unschedulable");
        return;
      }
    }
    if (const Value* taint = bad_taint(pod_, node)) {
      refuse("TaintToleration", "node(s) had untolerated taint {" + text((*taint)["key"]) + ": " +
                                    text((*taint)["value"]) + "}");
      return;
    }
    if (!node_affinity_holds(pod_, node)) {
      refuse("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
      return;
    }
    for (const Value& other : pods_on(node)) {
      for (const Port& has : host_ports(other)) {
        for (const Port& want : host_ports(pod_)) {
          const bool same_ip = has.ip == want.ip || has.ip == "0.0.0.0" || want.ip == "0.0.0.0";
          if (has.number != want.number || has.protocol != want.protocol || !same_ip) continue;
          refuse("NodePorts", "node(s) didn't have free ports for the requested pod ports");
          return;
        }
      }
    }
    const Value& allocatable = node["status"]["allocatable"];
    if (static_cast<int64_t>(pods_on(node).size()) + 1 > amount(allocatable, "pods")) {
      refuse("NodeResourcesFit", "Too many pods");
    }
    for (const Text& resource : requested_names(pod_)) {
      int64_t used = 0;
      for (const Value& other : pods_on(node)) used += request(other, resource, false);
      const int64_t wanted = request(pod_, resource, false);
      if (wanted > 0 && used + wanted > amount(allocatable, resource)) {
        refuse("NodeResourcesFit", "Insufficient " + resource);
      }
    }
    if (!of.reasons.empty()) return;
    filter_spread(node, refuse);
    if (of.reasons.empty()) filter_pod_affinity(node, refuse);
  }

  // Spreading: by constraint, how many pods that match are in each domain of nodes that count.

  std::vector<Value> constraints(const Text& action) {
    std::vector<Value> out;
    for (const Value& each : pod_["spec"]["topologySpreadConstraints"].items()) {
      if (text(each["whenUnsatisfiable"]) == action) out.push_back(each);
    }
    return out;
  }

  bool has_keys(const Value& node, const std::vector<Value>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const Value& each) {
      return label(node, text(each["topologyKey"])).has_value();
    });
  }

  bool included(const Value& node, const Value& constraint) {
    const Text affinity(constraint["nodeAffinityPolicy"].text("Honor"));
    const Text taints(constraint["nodeTaintsPolicy"].text("Ignore"));
    if (affinity == "Honor" && !node_affinity_holds(pod_, node)) return false;
    return taints != "Honor" || bad_taint(pod_, node) == nullptr;
  }

  bool spread_selects(const Value& constraint, const Value& other) {
    if (space_of(other) != space_of(pod_)) return false;
    const Labels own = labels_of(pod_);
    const Labels labels = labels_of(other);
    for (const Value& key : constraint["matchLabelKeys"].items()) {
      const auto wanted = own.find(text(key));
      if (wanted == own.end()) continue;
      const auto found = labels.find(text(key));
      if (found == labels.end() || found->second != wanted->second) return false;
    }
    return selects(constraint["labelSelector"], labels);
  }

  int64_t spread_count(const Value& node, const Value& constraint) {
    int64_t count = 0;
    for (const Value& other : pods_on(node)) {
      if (other["metadata"].contains("deletionTimestamp")) continue;
      count += spread_selects(constraint, other) ? 1 : 0;
    }
    return count;
  }

  std::map<Text, int64_t> spread_domains(const Value& constraint, const std::vector<Value>& all,
                                         bool all_keys) {
    std::map<Text, int64_t> domains;
    for (const Value& node : world_.nodes) {
      if ((all_keys && !has_keys(node, all)) || !included(node, constraint)) continue;
      const auto domain = label(node, text(constraint["topologyKey"]));
      if (domain) domains[*domain] += spread_count(node, constraint);
    }
    return domains;
  }

  template <class Refuse>
  void filter_spread(const Value& node, Refuse refuse) {
    const std::vector<Value> musts = constraints("DoNotSchedule");
    for (const Value& constraint : musts) {
      const auto domain = label(node, text(constraint["topologyKey"]));
      const Text plugin = "PodTopologySpread";
      const Text why = "node(s) didn't match pod topology spread constraints";
      if (!domain) {
        refuse(plugin, why + " (missing required label)");
        return;
      }
      std::map<Text, int64_t> domains = spread_domains(constraint, musts, true);
      int64_t least = INT32_MAX;
      for (const auto& [name, count] : domains) least = std::min(least, count);
      const auto wanted = static_cast<size_t>(constraint["minDomains"].integer(1));
      if (domains.size() < wanted) least = 0;
      const int64_t self = spread_selects(constraint, pod_) ? 1 : 0;
      if (domains[*domain] + self - least > constraint["maxSkew"].integer()) {
        refuse(plugin, why);
        return;
      }
    }
  }

  // Pod affinity.

  bool term_means(const Value& term, const Value& owner, const Value& target) {
    std::set<Text> spaces;
    for (const Value& space : term["namespaces"].items()) spaces.insert(text(space));
    if (spaces.empty() && !term["namespaceSelector"]) spaces.insert(space_of(owner));
    const auto known = world_.namespaces.find(space_of(target));
    const Labels labels = known == world_.namespaces.end() ? Labels() : known->second;
    const bool there =
        spaces.count(space_of(target)) > 0 || selects(term["namespaceSelector"], labels);
    return there && selects(term["labelSelector"], labels_of(target));
  }

  static const Value& terms(const Value& pod, const char* kind, const char* which) {
    return pod["spec"]["affinity"][kind][which];
  }
  static constexpr const char* kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
  static constexpr const char* kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";

  static bool same_domain(const Value& a, const Value& b, const Text& key) {
    const auto domain = label(a, key);
    return domain && domain == label(b, key);
  }

  template <class Refuse>
  void filter_pod_affinity(const Value& node, Refuse refuse) {
    const Text plugin = "InterPodAffinity";
    const auto wanted = terms(pod_, "podAffinity", kRequired).items();
    const auto means_all = [&](const Value& other) {
      return std::all_of(wanted.begin(), wanted.end(),
                         [&](const Value& term) { return term_means(term, pod_, other); });
    };
    if (!wanted.empty()) {
      bool all_here = true;
      bool anywhere = false;
      for (const Value& term : wanted) {
        const Text key = text(term["topologyKey"]);
        bool here = false;
        for (const Value& place : world_.nodes) {
          for (const Value& other : pods_on(place)) {
            if (!means_all(other) || !label(place, key)) continue;
            anywhere = true;
            here = here || same_domain(place, node, key);
          }
        }
        if (!label(node, key)) {
          refuse(plugin, "node(s) didn't match pod affinity rules");
          return;
        }
        all_here = all_here && here;
      }
      if (!all_here && (anywhere || !means_all(pod_))) {
        refuse(plugin, "node(s) didn't match pod affinity rules");
        return;
      }
    }
    for (const Value& term : terms(pod_, "podAntiAffinity", kRequired).items()) {
      for (const Value& place : world_.nodes) {
        if (!same_domain(place, node, text(term["topologyKey"]))) continue;
        for (const Value& other : pods_on(place)) {
          if (!term_means(term, pod_, other)) continue;
          refuse(plugin, "node(s) didn't match pod anti-affinity rules");
          return;
        }
      }
    }
    for (const Value& place : world_.nodes) {
      for (const Value& other : pods_on(place)) {
        for (const Value& term : terms(other, "podAntiAffinity", kRequired).items()) {
          if (!term_means(term, other, pod_)) continue;
          if (!same_domain(place, node, text(term["topologyKey"]))) continue;
          refuse(plugin, "node(s) didn't satisfy existing pods anti-affinity rules");
          return;
        }
      }
    }
  }

  // Scores.

  using Scores = std::map<Text, int64_t>;  // by node

  static void normalize(Scores& scores, bool reverse) {
    int64_t most = 0;
    for (const auto& [name, score] : scores) most = std::max(most, score);
    for (auto& [name, score] : scores) {
      score = most == 0 ? 0 : 100 * score / most;
      if (reverse) score = 100 - score;
    }
  }

  void score(const std::vector<Value>& nodes, std::map<Text, Judgement>& out) {
    std::map<Text, Scores> all;
    for (const Value& node : nodes) {
      const Text name = name_of(node);
      all["TaintToleration"][name] = bad_preferences(node);
      all["NodeAffinity"][name] = preferred_nodes(node);
      all["NodeResourcesFit"][name] = least_allocated(node);
      all["NodeResourcesBalancedAllocation"][name] = balance(node);
      all["ImageLocality"][name] = images(node);
    }
    normalize(all["TaintToleration"], true);
    normalize(all["NodeAffinity"], false);
    all["PodTopologySpread"] = spread(nodes);
    all["InterPodAffinity"] = pod_affinity(nodes);
    const std::map<Text, int64_t> weights = {
        {"TaintToleration", 3},  {"NodeAffinity", 2},     {"PodTopologySpread", 2},
        {"InterPodAffinity", 2}, {"NodeResourcesFit", 1}, {"NodeResourcesBalancedAllocation", 1},
        {"ImageLocality", 1}};
    for (const auto& [plugin, scores] : all) {
      for (const auto& [name, each] : scores) {
        out[name].scores[plugin] = each;
        out[name].total += weights.at(plugin) * each;
      }
    }
  }

  int64_t bad_preferences(const Value& node) {
    int64_t count = 0;
    for (const Value& taint : node["spec"]["taints"].items()) {
      if (text(taint["effect"]) == "PreferNoSchedule" && !tolerates(pod_, taint)) ++count;
    }
    return count;
  }

  int64_t preferred_nodes(const Value& node) {
    int64_t sum = 0;
    for (const Value& each : terms(pod_, "nodeAffinity", kPreferred).items()) {
      if (node_term_holds(each["preference"], node)) sum += each["weight"].integer();
    }
    return sum;
  }

  int64_t used_with_pod(const Value& node, const Text& resource, bool for_scoring) {
    int64_t used = request(pod_, resource, for_scoring);
    for (const Value& other : pods_on(node)) used += request(other, resource, for_scoring);
    return used;
  }

  int64_t least_allocated(const Value& node) {
    int64_t sum = 0;
    int64_t count = 0;
    for (const Text resource : {"cpu", "memory"}) {
      const int64_t all = amount(node["status"]["allocatable"], resource);
      if (all == 0) continue;
      const int64_t used = used_with_pod(node, resource, true);
      sum += used > all ? 0 : (all - used) * 100 / all;
      ++count;
    }
    return count == 0 ? 0 : sum / count;
  }

  int64_t balance(const Value& node) {
    if (request(pod_, "cpu", false) == 0 && request(pod_, "memory", false) == 0) return 0;
    std::vector<double> fractions;
    for (const Text resource : {"cpu", "memory"}) {
      const int64_t all = amount(node["status"]["allocatable"], resource);
      if (all == 0) continue;
      const auto used = static_cast<double>(used_with_pod(node, resource, false));
      fractions.push_back(std::min(1.0, used / static_cast<double>(all)));
    }
    double deviation = 0;
    if (fractions.size() == 2) deviation = std::fabs((fractions[0] - fractions[1]) / 2);
    return static_cast<int64_t>((1 - deviation) * 100);
  }

  static Text normalized(Text image) {
    const size_t slash = image.rfind('/');
    const size_t colon = image.rfind(':');
    if (colon == Text::npos || (slash != Text::npos && colon < slash)) image += ":latest";
    return image;
  }

  static std::map<Text, int64_t> images_on(const Value& node) {
    std::map<Text, int64_t> images;
    for (const Value& image : node["status"]["images"].items()) {
      for (const Value& name : image["names"].items()) {
        images[text(name)] = image["sizeBytes"].integer();
      }
    }
    return images;
  }

  int64_t images(const Value& node) {
    int64_t sum = 0;
    int64_t containers = 0;
    for (const char* kind : {"initContainers", "containers"}) {
      for (const Value& container : pod_["spec"][kind].items()) {
        ++containers;
        const Text image = normalized(text(container["image"]));
        const auto here = images_on(node);
        const auto found = here.find(image);
        if (found == here.end()) continue;
        int64_t nodes = 0;
        for (const Value& other : world_.nodes) {
          nodes += static_cast<int64_t>(images_on(other).count(image));
        }
        const double share = static_cast<double>(nodes) / static_cast<double>(world_.nodes.size());
        sum += static_cast<int64_t>(static_cast<double>(found->second) * share);
      }
    }
    const int64_t least = int64_t{23} << 20;
    const int64_t most = (int64_t{1000} << 20) * containers;
    sum = std::max(least, std::min(most, sum));
    return 100 * (sum - least) / (most - least);
  }

  // The constraints that are used if the pod has none of its own.
  std::vector<Value> default_constraints() {
    sim::json::Object labels;
    bool any = false;
    for (const Value& service : world_.services) {
      const Value& selector = service["spec"]["selector"];
      if (space_of(service) != space_of(pod_) || selector.size() == 0) continue;
      const Value as_selector = sim::json::Object().set("matchLabels", selector).build();
      if (!selects(as_selector, labels_of(pod_))) continue;
      for (const auto& member : selector.members()) labels.set(member.name(), member.value);
      any = true;
    }
    if (!any) return {};
    const Value selector = sim::json::Object().set("matchLabels", labels.build()).build();
    const auto made = [&](const char* key, int64_t skew) {
      return sim::json::Object()
          .set("topologyKey", key)
          .set("maxSkew", skew)
          .set("labelSelector", selector)
          .build();
    };
    return {made("kubernetes.io/hostname", 3), made("topology.kubernetes.io/zone", 5)};
  }

  Scores spread(const std::vector<Value>& nodes) {
    const bool own = pod_["spec"]["topologySpreadConstraints"].size() > 0;
    const std::vector<Value> wishes = own ? constraints("ScheduleAnyway") : default_constraints();
    Scores scores;
    if (wishes.empty()) return scores;
    std::vector<Value> scored;
    for (const Value& node : nodes) {
      scores[name_of(node)] = 0;
      if (!own || has_keys(node, wishes)) scored.push_back(node);
    }
    const Text hostname = "kubernetes.io/hostname";
    std::map<Text, double> sums;
    for (const Value& constraint : wishes) {
      const Text key = text(constraint["topologyKey"]);
      std::set<Text> domains;
      for (const Value& node : scored) domains.insert(label(node, key).value_or(""));
      const size_t size = key == hostname ? scored.size() : domains.size();
      const double weight = std::log(static_cast<double>(size + 2));
      std::map<Text, int64_t> counts = spread_domains(constraint, wishes, own);
      for (const Value& node : scored) {
        const auto domain = label(node, key);
        if (!domain) continue;
        const int64_t count = key == hostname ? spread_count(node, constraint) : counts[*domain];
        sums[name_of(node)] += static_cast<double>(count) * weight +
                               static_cast<double>(constraint["maxSkew"].integer() - 1);
      }
    }
    int64_t most = 0;
    int64_t least = INT64_MAX;
    Scores rounded;
    for (const Value& node : scored) {
      const int64_t score = static_cast<int64_t>(std::round(sums[name_of(node)]));
      rounded[name_of(node)] = score;
      most = std::max(most, score);
      least = std::min(least, score);
    }
    for (const auto& [name, score] : rounded) {
      scores[name] = most == 0 ? 100 : 100 * (most + least - score) / most;
    }
    return scores;
  }

  Scores pod_affinity(const std::vector<Value>& nodes) {
    Scores scores;
    for (const Value& node : nodes) scores[name_of(node)] = affinity_sum(node);
    int64_t most = INT64_MIN;
    int64_t least = INT64_MAX;
    for (const auto& [name, score] : scores) {
      most = std::max(most, score);
      least = std::min(least, score);
    }
    for (auto& [name, score] : scores) {
      const auto above = static_cast<double>(score - least);
      score = most == least
                  ? 0
                  : static_cast<int64_t>(100.0 * (above / static_cast<double>(most - least)));
    }
    return scores;
  }

  int64_t affinity_sum(const Value& node) {
    int64_t sum = 0;
    const auto weigh = [&](const Value& owner, const Value& target, const Value& place) {
      const auto look = [&](const char* kind, int64_t sign) {
        for (const Value& each : terms(owner, kind, kPreferred).items()) {
          const Value& term = each["podAffinityTerm"];
          if (!same_domain(place, node, text(term["topologyKey"]))) continue;
          if (term_means(term, owner, target)) sum += sign * each["weight"].integer();
        }
      };
      look("podAffinity", 1);
      look("podAntiAffinity", -1);
    };
    for (const Value& place : world_.nodes) {
      for (const Value& other : pods_on(place)) {
        weigh(pod_, other, place);
        weigh(other, pod_, place);
        for (const Value& term : terms(other, "podAffinity", kRequired).items()) {
          if (!same_domain(place, node, text(term["topologyKey"]))) continue;
          if (term_means(term, other, pod_)) sum += 1;
        }
      }
    }
    return sum;
  }

  const World& world_;
  const Value& pod_;
  std::map<Text, std::vector<Value>> by_node_;
};

}  // namespace

std::map<std::string, Judgement> judge(const World& world, const Value& pod) {
  return Judge(world, pod).judge();
}

}  // namespace scheduler_reference
