// sim/k8s/scheduler/index.h: how many pods of a kind are where, kept as pods come and go.
//
// Concept: spreading and pod affinity ask how many pods that match something are in a domain: on
// the nodes with one value of a topology key. A class is such a "something", shared by all pods
// that ask for the same. A term is what pods bring along that others must look at: their
// anti-affinity, and their preferences. Whether a pod belongs to a class is found out once for each
// identity; then a pod that comes or goes costs an addition for each class that it belongs to, and
// a scheduling cycle reads sums instead of looking at all pods. Lifetime: classes and terms are
// counted; ids are not used again. Source: what must come out is Kubernetes' documentation,
// "Assigning Pods to Nodes" and "Pod Topology Spread Constraints"; counting ahead is ours.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/k8s/scheduler/digest.h"
#include "sim/k8s/scheduler/node_info.h"
#include "sim/k8s/scheduler/value_map.h"

namespace sim::k8s::scheduler {

/// A class as a value: `[[namespaces, namespaceSelector, labelSelectors]..., skip terminating]`,
/// all of which must match.
struct PodClassTerm {
  std::vector<Value> spaces;
  Value space_selector;  // absent or null: none
  std::vector<Value> selectors;
};
Value pod_class(std::span<const PodClassTerm> terms, bool skip_terminating);

class PodMatcher {
 public:
  static PodMatcher from(const Value& pod_class);
  [[nodiscard]] bool matches(const Value& space, const Value& space_labels,
                             const Value& labels) const;
  [[nodiscard]] bool skips_terminating() const { return skip_terminating_; }
  [[nodiscard]] bool looks_at_spaces() const { return looks_at_spaces_; }

 private:
  struct Term {
    std::vector<Value> spaces;
    LabelMatch space_labels;
    LabelMatch labels;
  };
  std::vector<Term> terms_;
  bool skip_terminating_ = false;
  bool looks_at_spaces_ = false;
};

struct DomainCounts {
  uint32_t key = 0;
  int64_t total = 0;
  CountList counts;  // by domain
};

enum class TermKind : uint8_t { kRequiredAnti, kPreference };

struct Term {
  PodMatcher pods;
  TermKind kind = TermKind::kRequiredAnti;
  uint32_t key = 0;
  int64_t weight = 0;  // of a preference; negative of anti-affinity
  int64_t total = 0;   // owners on nodes that have the key
  CountList owners;    // by domain
  uint32_t refs = 0;
  Value name;
};

class Index {
 public:
  static constexpr uint32_t kNoDomain = UINT32_MAX;
  using Nodes = std::vector<std::unique_ptr<NodeInfo>>;

  explicit Index(Nodes& nodes) : nodes_(nodes) {}
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // Topology keys.
  uint32_t key_of(const Value& topology_key);
  [[nodiscard]] const Value& key_name(uint32_t key) const { return keys_[key].name; }
  [[nodiscard]] const Value& domain_name(uint32_t key, uint32_t domain) const {
    return keys_[key].domains.value(domain);
  }
  /// kNoDomain if the node has no such label.
  static uint32_t domain_of(const NodeInfo& node, uint32_t key) {
    return key < node.domains.size() ? node.domains[key] : kNoDomain;
  }
  /// How many nodes have the key, how many values it has there, and how many it ever had.
  [[nodiscard]] uint32_t nodes_with(uint32_t key) const { return keys_[key].nodes_with; }
  [[nodiscard]] uint32_t domains_present(uint32_t key) const { return keys_[key].present; }
  [[nodiscard]] uint32_t domains_ever(uint32_t key) const { return keys_[key].domains.count(); }
  [[nodiscard]] uint32_t nodes_present() const { return nodes_present_; }

  // Classes.
  uint32_t hold_class(const Value& pod_class);
  void release_class(uint32_t id);
  /// How many pods of the class are on a node; where they are by the values of a key.
  static int32_t pods_on(const NodeInfo& node, uint32_t pods) { return node.classes.of(pods); }
  const DomainCounts& pods_by(uint32_t pods, uint32_t key);
  [[nodiscard]] bool belongs(const PodIdentity& identity, uint32_t pods) const;
  /// Whether a pod counts: terminating ones do not for spreading.
  [[nodiscard]] bool counts(const PodInfo& pod, uint32_t pods) const;

  // Terms.
  struct TermOptions {
    TermKind kind;
    uint32_t key;
    int64_t weight;
  };
  uint32_t hold_term(const Value& pod_class, const TermOptions& options);
  void release_term(uint32_t id);
  [[nodiscard]] const Term& term(uint32_t id) const { return *terms_[id]; }
  [[nodiscard]] bool term_matches(uint32_t id, const PodIdentity& identity) const;
  /// Those that mean pods like this one.
  const std::vector<uint32_t>& terms_for(PodIdentity& identity);

  // What changes.
  void attach(NodeInfo& node, const PodInfo& pod);
  void detach(NodeInfo& node, const PodInfo& pod);
  /// Its labels are known, or will no longer be; around a change of labels, too.
  void node_appears(NodeInfo& node);
  void node_disappears(NodeInfo& node);
  /// Absent labels: there is no such namespace.
  void set_namespace(const Value& name, const Value& labels);

  [[nodiscard]] uint32_t classes() const { return classes_alive_; }
  [[nodiscard]] uint32_t terms() const { return terms_alive_; }

 private:
  struct Key {
    Value name;
    ValueIds domains;
    std::vector<uint32_t> nodes;  // how many have this domain
    uint32_t nodes_with = 0;
    uint32_t present = 0;
  };
  struct PodClass {
    PodMatcher pods;
    uint32_t refs = 0;
    Value name;
    std::vector<std::unique_ptr<DomainCounts>> sums;
  };
  void sync(PodIdentity& identity);
  [[nodiscard]] bool matches(const PodMatcher& pods, const PodIdentity& identity) const;
  void join(NodeInfo& node, uint32_t key);
  void leave(const NodeInfo& node, uint32_t key);
  void count_class(NodeInfo& node, uint32_t id, int32_t n);
  void add_sums(const NodeInfo& node, uint32_t id, int32_t n);
  void add_owners(const NodeInfo& node, uint32_t id, int32_t n);
  void recount();

  Nodes& nodes_;
  ValueIds key_ids_;
  std::vector<Key> keys_;
  std::vector<std::unique_ptr<PodClass>> classes_;
  std::vector<std::unique_ptr<Term>> terms_;
  ValueMap<uint32_t> class_ids_;
  ValueMap<uint32_t> term_ids_;
  ValueMap<Value> space_labels_;
  uint32_t nodes_present_ = 0;
  uint32_t classes_alive_ = 0;
  uint32_t terms_alive_ = 0;
  uint32_t deaths_ = 0;
  uint32_t epoch_ = 1;
  uint32_t space_readers_ = 0;  // classes and terms that look at labels of namespaces
};

}  // namespace sim::k8s::scheduler
