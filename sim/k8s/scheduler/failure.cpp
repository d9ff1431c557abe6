#include "sim/k8s/scheduler/failure.h"

#include <algorithm>

#include "engine/task/print.h"

namespace sim::k8s::scheduler {
namespace {

bool say_the_same(const Verdict& a, const NodeInfo& node_a, const Verdict& b,
                  const NodeInfo& node_b) {
  if (a.reason != b.reason || a.short_of != b.short_of) return false;
  if (a.reason != Reason::kTaint) return a.detail == b.detail;
  const Taint& taint_a = node_a.taints[a.detail];
  const Taint& taint_b = node_b.taints[b.detail];
  return taint_a.key == taint_b.key && taint_a.value == taint_b.value;
}

}  // namespace

void Reasons::add(const NodeInfo& node, const Verdict& verdict, int64_t nodes) {
  nodes_ += nodes;
  for (Group& group : groups_) {
    if (!say_the_same(group.verdict, *group.node, verdict, node)) continue;
    group.nodes += nodes;
    return;
  }
  groups_.push_back({verdict, &node, nodes});
}

void Reasons::add(std::string_view text, int64_t nodes) {
  nodes_ += nodes;
  texts_[std::string(text)] += nodes;
}

void Reasons::clear() {
  groups_.clear();
  texts_.clear();
  nodes_ = 0;
}

std::string Reasons::text(const Cycle& cycle) const {
  std::map<std::string, int64_t, std::less<>> counts = texts_;
  std::vector<std::string> said;
  for (const Group& group : groups_) {
    said.clear();
    cycle.append_reasons(group.verdict, *group.node, said);
    for (const std::string& each : said) counts[each] += group.nodes;
  }
  std::vector<std::string> lines;
  for (const auto& [what, nodes] : counts) {
    std::string line;
    engine::append_operand(line, nodes);
    line += ' ';
    lines.push_back(line + what);
  }
  // Texts differ, so the order is total.
  std::stable_sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty()) out += ", ";
    out += line;
  }
  return out;
}

std::string fit_message(const FitText& text) {
  std::string out = "0/";
  engine::append_operand(out, text.nodes);
  out += " nodes are available:";
  const std::string_view why = text.before.empty() ? text.reasons : text.before;
  if (!why.empty()) {
    out += ' ';
    out += why;
    out += '.';
  }
  if (!text.after.empty()) {
    out += ' ';
    out += text.after;
  }
  return out;
}

}  // namespace sim::k8s::scheduler
