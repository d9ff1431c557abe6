#include "sim/k8s/scheduler/index.h"

#include <algorithm>
#include <utility>

#include "engine/world/check.h"

namespace sim::k8s::scheduler {
namespace {

constexpr Value kNoLabels;

Value or_null(const Value& value) {
  return value ? value : Value(nullptr);
}

template <class T>
void drop_dead(std::vector<uint32_t>& ids, const std::vector<std::unique_ptr<T>>& alive) {
  std::erase_if(ids, [&](uint32_t id) { return alive[id] == nullptr; });
}

}  // namespace

Value pod_class(std::span<const PodClassTerm> terms, bool skip_terminating) {
  json::Array all;
  for (const PodClassTerm& term : terms) {
    json::Array selectors;
    for (const Value& selector : term.selectors) selectors.add(or_null(selector));
    all.add(json::Array()
                .add(Value::array(term.spaces))
                .add(or_null(term.space_selector))
                .add(selectors.build())
                .build());
  }
  all.add(skip_terminating);
  return all.build();
}

PodMatcher PodMatcher::from(const Value& pod_class) {
  PodMatcher made;
  for (const Value& part : pod_class.items()) {
    if (part.is_bool()) {
      made.skip_terminating_ = part.truth();
      continue;
    }
    Term term;
    const auto spaces = part[0].items();
    term.spaces.assign(spaces.begin(), spaces.end());
    term.space_labels = LabelMatch::from(part[1]);
    // An empty selector means all namespaces, whatever their labels.
    made.looks_at_spaces_ = made.looks_at_spaces_ || part[1].size() > 0;
    for (const Value& selector : part[2].items()) term.labels.narrow(LabelMatch::from(selector));
    made.terms_.push_back(std::move(term));
  }
  return made;
}

bool PodMatcher::matches(const Value& space, const Value& space_labels, const Value& labels) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const bool there =
        std::find(term.spaces.begin(), term.spaces.end(), space) != term.spaces.end() ||
        term.space_labels.matches(space_labels);
    return there && term.labels.matches(labels);
  });
}

bool Index::matches(const PodMatcher& pods, const PodIdentity& identity) const {
  const Value* const space_labels = space_labels_.find(identity.space);
  return pods.matches(identity.space, space_labels == nullptr ? kNoLabels : *space_labels,
                      identity.labels);
}

// Topology keys.

uint32_t Index::key_of(const Value& topology_key) {
  const uint32_t key = key_ids_.id_of(topology_key);
  if (key < keys_.size()) return key;
  keys_.emplace_back();
  keys_.back().name = topology_key;
  for (const auto& node : nodes_) {
    if (node != nullptr && node->present) join(*node, key);
  }
  return key;
}

void Index::join(NodeInfo& node, uint32_t key) {
  if (node.domains.size() <= key) node.domains.resize(key + 1, kNoDomain);
  Key& of = keys_[key];
  const Value& value = label_of(node.labels, of.name);
  if (!value) return;
  const uint32_t domain = of.domains.id_of(value);
  if (of.nodes.size() <= domain) of.nodes.resize(domain + 1);
  if (of.nodes[domain]++ == 0) ++of.present;
  ++of.nodes_with;
  node.domains[key] = domain;
}

void Index::leave(const NodeInfo& node, uint32_t key) {
  const uint32_t domain = domain_of(node, key);
  if (domain == kNoDomain) return;
  Key& of = keys_[key];
  if (--of.nodes[domain] == 0) --of.present;
  --of.nodes_with;
}

// Classes.

uint32_t Index::hold_class(const Value& pod_class) {
  if (const uint32_t* const known = class_ids_.find(pod_class)) {
    ++classes_[*known]->refs;
    return *known;
  }
  const auto id = static_cast<uint32_t>(classes_.size());
  class_ids_[pod_class] = id;
  auto made = std::make_unique<PodClass>();
  made->pods = PodMatcher::from(pod_class);
  made->refs = 1;
  made->name = pod_class;
  if (made->pods.looks_at_spaces()) ++space_readers_;
  classes_.push_back(std::move(made));
  ++classes_alive_;
  for (const auto& node : nodes_) {
    if (node == nullptr) continue;
    for (const PodInfo* pod : node->pods) {
      sync(*pod->identity);
      if (counts(*pod, id)) count_class(*node, id, 1);
    }
  }
  return id;
}

void Index::release_class(uint32_t id) {
  PodClass& pods = *classes_[id];
  if (--pods.refs > 0) return;
  for (const auto& node : nodes_) {
    if (node != nullptr) node->classes.erase(id);
  }
  if (pods.pods.looks_at_spaces()) --space_readers_;
  class_ids_.erase(pods.name);
  classes_[id].reset();
  --classes_alive_;
  ++deaths_;
}

bool Index::belongs(const PodIdentity& identity, uint32_t pods) const {
  return matches(classes_[pods]->pods, identity);
}

bool Index::counts(const PodInfo& pod, uint32_t pods) const {
  const PodMatcher& matcher = classes_[pods]->pods;
  return !(pod.terminating && matcher.skips_terminating()) && matches(matcher, *pod.identity);
}

const DomainCounts& Index::pods_by(uint32_t pods, uint32_t key) {
  PodClass& of = *classes_[pods];
  for (const auto& sums : of.sums) {
    if (sums->key == key) return *sums;
  }
  of.sums.push_back(std::make_unique<DomainCounts>());
  DomainCounts& made = *of.sums.back();
  made.key = key;
  for (const auto& node : nodes_) {
    if (node == nullptr || !node->present) continue;
    const uint32_t domain = domain_of(*node, key);
    const int32_t n = node->classes.of(pods);
    if (domain == kNoDomain || n == 0) continue;
    made.counts.add(domain, n);
    made.total += n;
  }
  return made;
}

void Index::add_sums(const NodeInfo& node, uint32_t id, int32_t n) {
  for (const auto& sums : classes_[id]->sums) {
    const uint32_t domain = domain_of(node, sums->key);
    if (domain == kNoDomain) continue;
    sums->counts.add(domain, n);
    sums->total += n;
  }
}

void Index::count_class(NodeInfo& node, uint32_t id, int32_t n) {
  node.classes.add(id, n);
  if (node.present) add_sums(node, id, n);
}

// Terms.

uint32_t Index::hold_term(const Value& pod_class, const TermOptions& options) {
  const Value name = json::Array()
                         .add(pod_class)
                         .add(static_cast<int64_t>(options.kind))
                         .add(int64_t{options.key})
                         .add(options.weight)
                         .build();
  if (const uint32_t* const known = term_ids_.find(name)) {
    ++terms_[*known]->refs;
    return *known;
  }
  const auto id = static_cast<uint32_t>(terms_.size());
  term_ids_[name] = id;
  auto made = std::make_unique<Term>();
  made->pods = PodMatcher::from(pod_class);
  made->kind = options.kind;
  made->key = options.key;
  made->weight = options.weight;
  made->refs = 1;
  made->name = name;
  if (made->pods.looks_at_spaces()) ++space_readers_;
  terms_.push_back(std::move(made));
  ++terms_alive_;
  return id;
}

void Index::release_term(uint32_t id) {
  Term& term = *terms_[id];
  if (--term.refs > 0) return;
  // Pods that own it hold it, so it is on no node.
  ENGINE_CHECK(term.total == 0);
  if (term.pods.looks_at_spaces()) --space_readers_;
  term_ids_.erase(term.name);
  terms_[id].reset();
  --terms_alive_;
  ++deaths_;
}

bool Index::term_matches(uint32_t id, const PodIdentity& identity) const {
  return matches(terms_[id]->pods, identity);
}

const std::vector<uint32_t>& Index::terms_for(PodIdentity& identity) {
  sync(identity);
  return identity.terms_;
}

void Index::add_owners(const NodeInfo& node, uint32_t id, int32_t n) {
  Term& term = *terms_[id];
  const uint32_t domain = domain_of(node, term.key);
  if (domain == kNoDomain) return;
  term.owners.add(domain, n);
  term.total += n;
}

// Pods and nodes.

void Index::sync(PodIdentity& identity) {
  if (identity.epoch_ != epoch_) {
    identity.classes_.clear();
    identity.terms_.clear();
    identity.classes_seen_ = identity.terms_seen_ = 0;
    identity.epoch_ = epoch_;
  }
  if (identity.deaths_seen_ != deaths_) {
    drop_dead(identity.classes_, classes_);
    drop_dead(identity.terms_, terms_);
    identity.deaths_seen_ = deaths_;
  }
  for (; identity.classes_seen_ < classes_.size(); ++identity.classes_seen_) {
    const auto& each = classes_[identity.classes_seen_];
    if (each != nullptr && matches(each->pods, identity)) {
      identity.classes_.push_back(identity.classes_seen_);
    }
  }
  for (; identity.terms_seen_ < terms_.size(); ++identity.terms_seen_) {
    const auto& each = terms_[identity.terms_seen_];
    if (each != nullptr && matches(each->pods, identity)) {
      identity.terms_.push_back(identity.terms_seen_);
    }
  }
}

void Index::attach(NodeInfo& node, const PodInfo& pod) {
  sync(*pod.identity);
  for (const uint32_t id : pod.identity->classes_) {
    if (pod.terminating && classes_[id]->pods.skips_terminating()) continue;
    count_class(node, id, 1);
  }
  for (const uint32_t id : pod.spec->owned) {
    node.terms.add(id, 1);
    if (node.present) add_owners(node, id, 1);
  }
}

void Index::detach(NodeInfo& node, const PodInfo& pod) {
  sync(*pod.identity);
  for (const uint32_t id : pod.identity->classes_) {
    if (pod.terminating && classes_[id]->pods.skips_terminating()) continue;
    count_class(node, id, -1);
  }
  for (const uint32_t id : pod.spec->owned) {
    node.terms.add(id, -1);
    if (node.present) add_owners(node, id, -1);
  }
}

void Index::node_appears(NodeInfo& node) {
  node.present = true;
  ++nodes_present_;
  for (uint32_t key = 0; key < keys_.size(); ++key) join(node, key);
  for (const CountList::Count& count : node.classes.all()) add_sums(node, count.id, count.n);
  for (const CountList::Count& count : node.terms.all()) add_owners(node, count.id, count.n);
}

void Index::node_disappears(NodeInfo& node) {
  for (const CountList::Count& count : node.classes.all()) add_sums(node, count.id, -count.n);
  for (const CountList::Count& count : node.terms.all()) add_owners(node, count.id, -count.n);
  for (uint32_t key = 0; key < keys_.size(); ++key) leave(node, key);
  node.domains.clear();
  node.present = false;
  --nodes_present_;
}

void Index::set_namespace(const Value& name, const Value& labels) {
  const Value* const known = space_labels_.find(name);
  if ((known == nullptr ? kNoLabels : *known) == labels) return;
  if (labels) {
    space_labels_[name] = labels;
  } else {
    space_labels_.erase(name);
  }
  if (space_readers_ > 0) recount();
}

// Who belongs to what may be another matter now; this is rare.
void Index::recount() {
  ++epoch_;
  for (const auto& each : classes_) {
    if (each == nullptr) continue;
    for (const auto& sums : each->sums) {
      sums->counts.clear();
      sums->total = 0;
    }
  }
  for (const auto& node : nodes_) {
    if (node == nullptr) continue;
    node->classes.clear();
    for (const PodInfo* pod : node->pods) {
      sync(*pod->identity);
      for (const uint32_t id : pod->identity->classes_) {
        if (pod->terminating && classes_[id]->pods.skips_terminating()) continue;
        count_class(*node, id, 1);
      }
    }
  }
}

}  // namespace sim::k8s::scheduler
