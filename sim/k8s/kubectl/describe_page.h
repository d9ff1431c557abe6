// sim/k8s/kubectl/describe_page.h: writing the sections of a description.
//
// Concept: a page is a TabWriter with the phrases that many describers share. A level is two
// spaces. Source: the layout of kubectl 1.33.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/task/print.h"
#include "sim/json/value.h"
#include "sim/k8s/kubectl/describe.h"
#include "sim/k8s/kubectl/tab_writer.h"

namespace sim::k8s::kubectl {

using json::Value;

class Page {
 public:
  Page(const Related& related, int64_t now_unix_ns) : related_(related), now_(now_unix_ns) {}

  [[nodiscard]] const Related& related() const { return related_; }

  /// The operands in a row; tabs separate cells.
  template <class... T>
  void write(const T&... operands) {
    std::string text(static_cast<size_t>(2 * nesting_), ' ');
    (engine::append_operand(text, operands), ...);
    add(text);
  }
  /// Everything that is written comes that many levels further in, as a template in a volume does.
  void nest(int levels) { nesting_ = levels; }
  /// The same as a line at a level.
  template <class... T>
  void line(int level, const T&... operands) {
    write(std::string(static_cast<size_t>(2 * level), ' '), operands..., "\n");
  }
  /// `Name:` and what follows in the next column.
  template <class... T>
  void field(int level, std::string_view name, const T&... operands) {
    line(level, name, ":\t", operands...);
  }
  /// The same if the text is not empty.
  void field_if(int level, std::string_view name, const Value& text) {
    if (!text.text().empty()) field(level, name, text.text());
  }

  /// Name and namespace, as most describers begin.
  void title(const Value& object);
  /// `key=value`, one a line. `title` may begin with spaces.
  void labels(std::string_view title, const Value& labels, std::string_view indent = {});
  /// `key: value`; long ones are broken and cut.
  void annotations(std::string_view title, const Value& annotations);
  /// Labels and annotations of the object.
  void labels_and_annotations(const Value& object);
  /// `Deployment/web`, if something controls the object.
  void controlled_by(const Value& object);
  /// Type, Status and Reason of each condition.
  void conditions(const Value& object);
  /// What has happened, the oldest first.
  void events();

  /// Tabs stay in the text, as in `kubectl rollout history --revision`.
  void keep_tabs() { keeps_tabs_ = true; }

  /// How long ago; `<unknown>` if there is no time.
  [[nodiscard]] std::string age(const Value& time) const;
  /// `Status:` Terminating and since when, if the object is being deleted.
  bool terminating(const Value& object);

  std::string finish();

 private:
  void add(std::string_view text);
  void flush();

  const Related& related_;
  int64_t now_;
  int nesting_ = 0;
  bool keeps_tabs_ = false;
  TabWriter writer_{TabWriter::kDescribe};
  std::string done_;
};

/// `Thu, 01 Jan 2026 00:00:07 +0000`; of the year 1 if there is no time. Source: Go documentation,
/// `time.RFC1123Z`.
std::string date_text(const Value& time);
/// `True`, `False`.
std::string_view truth_text(bool truth);
/// The same, `<unset>` if there is nothing.
std::string_view truth_or_unset(const Value& truth);
/// A number or text; empty if there is none.
std::string scalar_text(const Value& value);
/// Texts of a list with something between them.
std::string joined(const Value& list, std::string_view separator);
/// `a=1,b=2`, `<none>`.
std::string labels_line(const Value& labels);
/// The text of a label selector; `<none>` if it is empty.
std::string selector_line(const Value& selector);
/// The canonical text of a quantity; "0" if there is none.
std::string quantity_line(const Value& quantity);
/// How many bytes base64 stands for.
int64_t decoded_size(std::string_view base64);

/// The containers under a heading. `statuses`: absent in a template. `pod`: absent in a template;
/// fields of it are environment variables' values.
void describe_containers(Page& page, std::string_view heading, const Value& containers,
                         const Value& statuses, const Value& pod, std::string_view indent);
void describe_volumes(Page& page, const Value& volumes, std::string_view indent);
/// The source of a volume, which is the member of `volume` that says what it is.
void describe_volume_source(Page& page, const Value& volume);
void describe_tolerations(Page& page, std::string_view title, const Value& tolerations);
void describe_spread(Page& page, const Value& constraints, std::string_view indent);
void describe_pod_template(Page& page, const Value& pod_template);
void describe_resources(Page& page, const Value& resources, int level);
/// `is_whole`: not the template of one.
void describe_claim(Page& page, const Value& claim, bool is_whole);
/// `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`, of the related pods that `owner` controls.
std::string pods_status(const Page& page, const Value& owner);

// One for each group of kinds; false if the kind is not among them.
bool describe_pod_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_workload_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_job_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_network_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_config_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_storage_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_policy_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_quota_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_access_kinds(Page& page, const Value& object, std::string_view kind);
bool describe_node_kinds(Page& page, const Value& object, std::string_view kind);

}  // namespace sim::k8s::kubectl
