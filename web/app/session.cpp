#include "web/app/session.h"

#include <algorithm>
#include <chrono>

#include "engine/world/hash.h"
#include "sim/scenario/gallery.h"
#include "sim/yaml/problem.h"

namespace web {
namespace {

/// Looking for the story's places runs the scenario once more; a long run must not hold up the
/// start.
constexpr uint64_t kStoryStepsMax = 20'000;
/// Short runs are shown whole from the start: the scrubber and the lanes know where they lead.
/// Close together at first; the timeline spreads them as memory demands.
constexpr uint64_t kSnapshotSpacing = 8;
constexpr uint64_t kDiscoverSteps = 2'000;
constexpr double kDiscoverBudgetMs = 60;

engine::Policy policy_of(const Link& link, const sim::scenario::Scenario& scenario) {
  return link.policy.value_or(scenario.policy.value_or(engine::Policy::kFifo));
}

double now_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(since).count();
}

}  // namespace

std::unique_ptr<Session> Session::open(const Link& link, std::string& problem) {
  const auto entry = sim::scenario::find_in_gallery(link.scenario);
  if (!entry) {
    problem = "there is no scenario \"" + link.scenario + "\"";
    return nullptr;
  }
  auto parsed = sim::scenario::parse(entry->file, entry->text);
  if (!parsed) {
    problem = sim::yaml::format_problems(parsed.error());
    return nullptr;
  }
  std::unique_ptr<Session> session(new Session());
  session->spec_.scenario = std::move(parsed.value());
  sim::scenario::Scenario& scenario = session->spec_.scenario;
  for (const auto& [name, value] : link.knobs) {
    if (auto mistake = sim::scenario::set_knob(scenario, name + "=" + value)) {
      problem = *mistake;
      return nullptr;
    }
  }
  const std::vector<sim::yaml::Problem> problems = sim::scenario::problems_of(scenario);
  if (!problems.empty()) {
    problem = sim::yaml::format_problems(problems);
    return nullptr;
  }
  session->has_network_ = scenario.topology.nodes.size() > 1;
  session->origin_ = link;
  session->spec_.seed = link.seed;
  session->spec_.policy = policy_of(link, scenario);
  session->spec_.max_steps = kStepsMax;
  session->spec_.inputs = link.inputs;
  session->run_ = sim::scenario::start(session->spec_);
  session->timeline_ = std::make_unique<engine::Timeline>(
      *session->run_, engine::TimelineOptions{.spacing = kSnapshotSpacing});
  if (!link.inputs.empty()) session->timeline_->schedule(link.inputs);
  sim::scenario::RunSpec on_its_own = session->spec_;
  on_its_own.inputs.clear();
  session->whole_story_ = sim::scenario::locate_story(on_its_own, kStoryStepsMax);
  session->look_ahead();
  if (link.step > 0) session->seek(link.step);
  return session;
}

bool Session::at_end() const {
  return timeline_->run_end() != engine::RunEnd::kNotYet && position() == known_end();
}

std::optional<size_t> Session::story_step() const {
  std::optional<size_t> present;
  for (const sim::scenario::StoryPlace& place : story_) {
    if (place.position <= position()) present = place.story_step;
  }
  return present;
}

const sim::scenario::Look* Session::look() const {
  for (const sim::scenario::StoryPlace& place : story_) {
    if (place.position != position()) continue;
    const auto& look = spec_.scenario.story[place.story_step].look;
    if (look) return &*look;
  }
  return nullptr;
}

void Session::moved() {
  ++moves_;
  view_ = engine::look(run_->world());
  names_.learn(view_);
  if (history_branch_ != timeline_->active_branch()) {
    history_.reset();
    conversations_.reset();
    history_branch_ = timeline_->active_branch();
  }
  if (has_network_ || moves_ == 1) network_ = sim::net::look_at_network(run_->world());
  for (const sim::net::MachineView& machine : network_.machines) {
    names_.learn_node(machine.id, machine.name);
  }
  if (has_network_) conversations_.catch_up(capture());
  const auto& inputs = timeline_->inputs();
  const uint64_t undisturbed = inputs.empty() ? UINT64_MAX : inputs.front().step;
  story_.clear();
  for (const sim::scenario::StoryPlace& place : whole_story_) {
    if (place.position < undisturbed) story_.push_back(place);
  }
  history_.catch_up(run_->world().trace());
  if (at_end()) verdict_ = sim::scenario::judge(spec_.scenario, *run_);
}

bool Session::step() {
  if (!timeline_->forward()) return false;
  if (has_network_) {
    Capture& capture = captures_[timeline_->active_branch()];
    if (position() > capture.steps()) capture.catch_up(run_->world());
  }
  // What lives only for a few steps is named as well, however fast it all goes by.
  if (position() <= history_.steps()) return true;
  const uint64_t before = history_.created();
  history_.catch_up(run_->world().trace());
  if (history_.created() != before) learn_names();
  return true;
}

void Session::learn_names() {
  const engine::WorldView view = engine::look(run_->world());
  names_.learn(view);
  uses_channels_ = uses_channels_ || (!view.chans.empty() && view.locks.empty());
}

bool Session::forward(uint64_t steps, double budget_ms) {
  // The clock is asked now and then only: most steps take less time than asking.
  constexpr uint64_t kStepsBetweenLooks = 32;
  const double until = now_ms() + budget_ms;
  bool more = true;
  for (uint64_t taken = 0; taken < steps && more; ++taken) {
    more = step();
    if (taken % kStepsBetweenLooks == kStepsBetweenLooks - 1 && now_ms() > until) break;
  }
  moved();
  return more;
}

void Session::advance_to(uint64_t target) {
  while (position() < target && step()) {
  }
}

void Session::seek(uint64_t position) {
  timeline_->seek(has_network_ ? std::min(position, capture().steps()) : position);
  advance_to(position);
  moved();
}

void Session::look_ahead() {
  moved();
  const uint64_t from = position();
  const double until = now_ms() + kDiscoverBudgetMs;
  for (uint64_t taken = 0; taken < kDiscoverSteps && step() && now_ms() < until; ++taken) {
  }
  timeline_->seek(from);
  moved();
}

const Capture& Session::capture() const {
  static const Capture kNone;
  const auto found = captures_.find(timeline_->active_branch());
  return found == captures_.end() ? kNone : found->second;
}

bool Session::intervene(const std::string& input) {
  const uint32_t branch = timeline_->active_branch();
  const uint64_t from = position();
  const uint64_t events = run_->world().state().events();
  const bool found = timeline_->intervene(input);
  if (has_network_) {
    const uint32_t active = timeline_->active_branch();
    if (active != branch) captures_[active] = captures_[branch].until(from, events);
    captures_[active].catch_up(run_->world());
  }
  look_ahead();
  return found;
}

void Session::switch_to(uint32_t branch) {
  const uint64_t target = position();
  const uint64_t known = has_network_ ? captures_[branch].steps() : target;
  timeline_->switch_to(branch, std::min(target, known));
  advance_to(target);
  moved();
}

Link Session::link() const {
  Link link = origin_;
  link.policy = spec_.policy;
  link.step = position();
  link.inputs = timeline_->inputs();
  link.identity = spec_.scenario.identity;
  return link;
}

uint64_t Session::arena_digest() {
  engine::Arena& arena = run_->world().arena();
  arena.begin_raw_access();
  uint64_t digest = 0;
  const auto fold = [&](size_t first, size_t last) {
    const char* const at = arena.base() + first * engine::kPageBytes;
    digest =
        engine::roll(digest, engine::hash_bytes({at, (last - first) * engine::kPageBytes}), last);
  };
  fold(0, arena.head_pages());
  fold(arena.first_data_page(), arena.end_page());
  arena.end_raw_access();
  return digest;
}

}  // namespace web
