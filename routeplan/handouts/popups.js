/* What is said of a stop, a village, a drive, a bed and a base where it is clicked. */

function popup(title, { who = "", colour = "", facts = [], after = [] }) {
  const head = who ? el(colour ? "p.who" : "p.who.plain", {}, who) : null;
  if (colour) head.style.setProperty("--team", colour);
  const list = el("dl", {});
  for (const [term, text] of facts) if (text) list.append(el("dt", {}, term), el("dd", {}, text));
  return el("div", {}, el("h3", {}, title), head, facts.length ? list : null, ...after);
}

/* Why some of a village are not reached, and what it would take. */
function reasonOf(village) {
  const requirements = village.requirements.length
    ? el("div.requirements", {}, el("span", {}, say("it_takes")),
      el("ul", {}, ...village.requirements.map((each) => el("li", {}, each))))
    : null;
  return [`${village.reason}.`, village.detail ? el("small", {}, village.detail) : null, requirements];
}

function whyPart(village) {
  if (!village || !village.missed) return [];
  return [el("div.why", {}, el("strong", {}, say("not_reached", { n: village.missed })), " ", ...reasonOf(village))];
}

/* From when to when a visit is, with the rest that interrupts it. */
const periodOf = (stop) => stop.hours || `${stop.start} – ${stop.end}`;

const sharingPart = (stop) => stop.sharing.map((line) => el("p.sharing", {}, line));

const crewOn = (tour) => `${tour.team} · ${tour.date}`;

function stopPopup(tour, stop) {
  const village = villageAt.get(stop.place);
  const total = village ? village.households : stop.households;
  const facts = [
    [say("arrives"), stop.arrive],
    [say("starts"), stop.start],
    [say("ends"), stop.end],
    ...stop.rests.map((rest) => [rest.name || say("rests"), `${rest.start} – ${rest.end}`]),
    [say("households"), say("of", { part: stop.households, whole: total })],
  ];
  if (stop.visits > 1) {
    const visit = say("visit_of", { visit: stop.visit, visits: stop.visits, reached: village ? village.reached : stop.households });
    facts.push([say("visit"), visit]);
  }
  if (stop.announced) facts.push([say("announced"), say("kept")]);
  const after = [...sharingPart(stop), ...whyPart(village)];
  return popup(`${stop.number} · ${stop.name}`, { who: crewOn(tour), colour: tour.colour, facts, after });
}

function villagePopup(village) {
  const facts = [[say("reached"), say("of", { part: village.reached, whole: village.households })]];
  if (village.signed) {
    facts.unshift([say("signed_before"), say("of", { part: village.signed, whole: allOf(village) })]);
    facts.push([say("after_plan"), percent(shareOf(village, "after"))]);
  }
  for (const tour of plan.tours) {
    for (const stop of tour.stops) {
      if (stop.place === village.place) facts.push([crewOn(tour), `${periodOf(stop)} · ${say("doors", { doors: count(stop.households) })}`]);
    }
  }
  for (const text of village.announced) facts.push([say("announced"), text]);
  return popup(village.name, { facts, after: whyPart(village) });
}

/* The kilometres of a drive by state of the road: a bar, and in words. */
function stateBar(leg) {
  if (!leg.states.length) return null;
  const bar = el("span.states", { "aria-hidden": "true" });
  for (const [state, km] of leg.states) {
    const part = el(`i.${state}`, {});
    part.style.flexGrow = String(km);
    bar.append(part);
  }
  const words = leg.states.map(([state, km]) => say(`state_${state}`, { km: kilometres(km) })).join(", ");
  return el("span.road", {}, bar, el("span", {}, words));
}

const roadNotes = (leg) => leg.road_notes.map((note) => el("p.roadnote", {}, note));

function legPopup(tour, leg) {
  const facts = [[say("drive"), duration(leg.minutes)], [say("distance"), leg.km === null ? "" : kilometres(leg.km)]];
  const after = [stateBar(leg), ...roadNotes(leg)];
  if (!leg.traced) after.push(el("p.why", {}, say("drawn_straight")));
  return popup(`${leg.start} → ${leg.end}`, { who: crewOn(tour), colour: tour.colour, facts, after });
}

/* A road that is not taken: why, and which villages it would serve. */
function closedPopup(road) {
  const villages = el("ul", {}, ...road.villages.map((text) => el("li", {}, text)));
  return popup(road.name, { after: [el("p", {}, road.reason), el("div.requirements", {}, villages)] });
}

function sleepPopup(sleep) {
  const facts = sleep.nights.map((night) => [night.date, night.nights > 1 ? `${night.team}, ${say("nights", { n: night.nights })}` : night.team]);
  return popup(sleep.name, { who: say("sleeping_place"), facts });
}

function basePopup(base) {
  return popup(base.name, { who: say("base"), facts: [[say(base.teams.length > 1 ? "crews" : "crew"), base.teams.join(", ")]] });
}
