// web/panels/locks.cpp: locks with owner and waiters, conditions, wait groups with their counter,
// contexts with what ends them, shared variables.

#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"
#include "web/ui/table.h"

namespace web::panels {
namespace {

constexpr ui::Column kLockColumns[] = {{"Lock", 0, 0.8F}, {"Owner", 0, 1.0F}, {"Waiting", 0, 1.0F}};
constexpr ui::Column kConditionColumns[] = {
    {"Condition", 0, 0.8F}, {"Lock", 0, 1.0F}, {"Waiting", 0, 1.0F}};
constexpr ui::Column kGroupColumns[] = {
    {"Wait group", 0, 0.8F}, {"Counter", 0, 1.0F}, {"Waiting", 0, 1.0F}};
constexpr ui::Column kContextColumns[] = {
    {"Context", 0, 0.8F}, {"Under", 0, 0.7F}, {"Ends", 0, 1.3F}};
constexpr ui::Column kVariableColumns[] = {{"Variable", 0, 0.8F}, {"Value", 0, 2.0F}};
constexpr float kRow = 24.0F;

std::string owner_text(const engine::LockView& lock, const engine::EventNames& names) {
  if (lock.owner != 0) return names.task(lock.owner) + (lock.starving ? " (starving)" : "");
  if (lock.readers == 0) return "unlocked";
  return std::to_string(lock.readers) + (lock.readers == 1 ? " reader" : " readers");
}

std::string waiters_text(const engine::LockView& lock, const engine::EventNames& names) {
  const bool is_free = lock.owner == 0 && lock.readers == 0;
  if (lock.read_waiters.empty()) return names_of(lock.waiters, names, is_free ? "" : "nobody");
  const std::string readers = names_of(lock.read_waiters, names, "") + " (to read)";
  return lock.waiters.empty() ? readers : names_of(lock.waiters, names, "") + ", " + readers;
}

void lock_table(const Session& session) {
  const ui::Palette& p = ui::palette();
  ui::Table table("locks.table", "Locks", kLockColumns);
  for (const engine::LockView& lock : session.view().locks) {
    table.row("lock." + std::to_string(lock.id),
              session.looks_at<sim::scenario::LookAtLock>(lock.name) ? ui::Emphasis::kLook
                                                                     : ui::Emphasis::kNone,
              kRow);
    table.text_cell(lock.name, p.text, ui::Face::kStrong);
    table.text_cell(owner_text(lock, session.names()),
                    lock.owner == 0 && lock.readers == 0 ? p.faint : p.accent);
    table.text_cell(waiters_text(lock, session.names()),
                    lock.waiters.empty() && lock.read_waiters.empty() ? p.faint : p.waiting);
  }
}

void condition_table(const Session& session) {
  const ui::Palette& p = ui::palette();
  ui::Table table("conditions.table", "Conditions", kConditionColumns);
  for (const engine::CondView& condition : session.view().conditions) {
    table.row("condition." + std::to_string(condition.id), ui::Emphasis::kNone, kRow);
    table.text_cell(condition.name, p.text, ui::Face::kStrong);
    if (condition.lock == 0) {
      table.text_cell("none", p.faint);
    } else {
      table.text_cell(session.names().object(condition.lock), p.text);
    }
    table.text_cell(names_of(condition.waiters, session.names(), "nobody"),
                    condition.waiters.empty() ? p.faint : p.waiting);
  }
}

void group_table(const Session& session) {
  const ui::Palette& p = ui::palette();
  ui::Table table("groups.table", "Wait groups", kGroupColumns);
  for (const engine::WaitGroupView& group : session.view().wait_groups) {
    table.row("group." + std::to_string(group.id), ui::Emphasis::kNone, kRow);
    table.text_cell(group.name, p.text, ui::Face::kStrong);
    table.text_cell(std::to_string(group.counter), group.counter == 0 ? p.muted : p.text,
                    ui::Face::kMono);
    table.text_cell(names_of(group.waiters, session.names(), "nobody"),
                    group.waiters.empty() ? p.faint : p.waiting);
  }
}

std::string end_text(const engine::ContextView& context) {
  if (!context.err.empty()) {
    return context.cause.empty() ? context.err : context.err + ": " + context.cause;
  }
  if (!context.can_end) return "never";
  if (context.ends_at_ns < 0) return "when cancelled";
  return "at " + clock_text(engine::Instant{context.ends_at_ns});
}

void context_table(const Session& session) {
  const ui::Palette& p = ui::palette();
  ui::Table table("contexts.table", "Contexts", kContextColumns);
  for (const engine::ContextView& context : session.view().contexts) {
    table.row("context." + std::to_string(context.id), ui::Emphasis::kNone, kRow);
    table.text_cell(context.name, context.err.empty() ? p.text : p.muted, ui::Face::kStrong);
    table.text_cell(context.parent == 0 ? "background" : session.names().object(context.parent),
                    context.parent == 0 ? p.faint : p.text);
    table.text_cell(end_text(context), context.err.empty() ? p.text : p.failed);
  }
}

void variable_table(const Session& session) {
  const ui::Palette& p = ui::palette();
  ui::Table table("variables.table", "Shared variables", kVariableColumns);
  for (const engine::SharedView& variable : session.view().variables) {
    table.row("variable." + std::to_string(variable.id), ui::Emphasis::kNone, kRow);
    table.text_cell(variable.name, p.text, ui::Face::kStrong);
    table.text_cell(variable.value, p.text, ui::Face::kMono);
  }
}

}  // namespace

void locks(App& app) {
  const Session& session = app.session();
  const engine::WorldView& view = session.view();
  if (view.locks.empty() && view.conditions.empty() && view.wait_groups.empty() &&
      view.contexts.empty() && view.variables.empty()) {
    ui::empty_panel("locks.none",
                    "No lock, wait group, context or shared variable exists at this step.");
    return;
  }
  if (!view.locks.empty()) lock_table(session);
  if (!view.conditions.empty()) condition_table(session);
  if (!view.wait_groups.empty()) group_table(session);
  if (!view.contexts.empty()) context_table(session);
  if (!view.variables.empty()) variable_table(session);
}

}  // namespace web::panels
