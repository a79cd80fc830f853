/* A row of the table: a balance and what one can do with it, or its fields while it is changed. */
import { account } from "./account.js";
import { decimal, fullDate, kindOf, minus, percent, rand, randChange, readRand, wrongDate } from "./format.js";
import { addStep, send, words } from "./outbox.js";
import { highlighted, isTypingOutside, tellFailure } from "./toast.js";
import { computed, nextTick, onMounted, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

const WAITING = {
  record: "waiting to be sent",
  change: "change to be sent",
  remove: "deletion to be sent",
  restore: "to be brought back",
};

export const TableRow = {
  props: {
    entry: Object,
    previous: Object, // the entry before, null where there is none
    monthAbove: Boolean, // whether a month row tells the year
    then: Boolean, // whether the table has this column
    locked: Boolean, // while something else is under way
  },
  emits: ["edit", "remove"],
  setup(props) {
    const year = computed(() => props.entry.date.slice(0, 4)); // which no date lacks on paper
    const change = computed(() => {
      if (!props.previous) return { told: "first", kind: "label none" };
      const told = randChange(minus(props.entry.balance, props.previous.balance));
      return { told, kind: props.entry.sample ? "" : kindOf(told) };
    });

    /* How the price changed since: by the rates, for small amounts of bitcoin are rounded too much. */
    const drift = computed(() => {
      const { rate_then: then } = props.entry;
      if (!then || !account.rate) return "";
      return then === account.rate.price ? "unchanged" : percent(then, account.rate.price);
    });
    const name = computed(() => `${rand(props.entry.balance)} of ${fullDate(props.entry.date)}`);

    const open = ref(false); // where the table folds: whether the row shows all

    const row = useTemplateRef("row");
    const edit = useTemplateRef("edit");
    const highlight = computed(() => (highlighted.value?.id === props.entry.id ? highlighted.value : null));
    async function reach() {
      if (!highlight.value) return;
      if (highlight.value.focus) open.value = true; // or there is nothing to focus
      await nextTick();
      const scrolls = window.getComputedStyle(row.value.closest(".rows")).overflowY === "auto"; // by itself
      const typing = isTypingOutside();
      if (scrolls || (highlight.value?.scroll && !typing)) row.value.scrollIntoView({ block: "nearest" });
      if (highlight.value?.focus && !typing) edit.value.focus({ preventScroll: true });
    }
    onMounted(reach);
    watch(highlight, reach, { flush: "post" });
    return { WAITING, change, drift, highlight, name, open, year };
  },
  template: /* html */ `
    <tr ref="row" class="entry" :class="{ sample: entry.sample, newest: entry === account.own.at(-1), open, highlighted: highlight }">
      <th scope="row" class="date">
        <time :datetime="entry.date">{{ dayAndMonth(entry.date) }} <span :class="{ paper: monthAbove || year === account.today.slice(0, 4) }">{{ year }}</span></time> <span :class="entry.sample ? 'tag' : 'label'">{{ entry.sample ? "Sample" : weekday(entry.date) }}</span>
        <span v-if="entry.waiting" class="unsent">{{ WAITING[entry.waiting] }}</span>
      </th>
      <td class="balance" :class="{ long: entry.balance.length > 10 }">
        {{ rand(entry.balance) }}
        <button v-if="entry.id" type="button" class="unfold" :aria-expanded="open" :aria-label="'Change or delete ' + name"
                @click="open = !open"></button>
      </td>
      <td class="change" :class="change.kind">{{ change.told }}</td>
      <td v-if="account.rate" class="now">{{ decimal(entry.btc) }}<span class="unit"> BTC</span></td>
      <td v-if="then" class="then">
        <template v-if="entry.btc_then">
          <span class="word">That day </span>{{ decimal(entry.btc_then) }} <span class="drift label" :class="kindOf(drift)"><span v-if="drift" class="word">price </span>{{ drift }}</span>
        </template>
        <span v-else class="label none"><span class="word">Bitcoin that day </span>not known</span>
      </td>
      <td class="actions">
        <template v-if="entry.id">
          <button ref="edit" type="button" class="icon" :aria-disabled="locked" :aria-label="'Edit ' + name" @click="$emit('edit')">
            <svg aria-hidden="true"><use href="#pencil"></use></svg> <span class="word">Edit</span>
          </button>
          <button type="button" class="icon" :aria-disabled="locked" :aria-label="'Delete ' + name" @click="$emit('remove')">
            <svg aria-hidden="true"><use href="#bin"></use></svg> <span class="word">Delete</span>
          </button>
        </template>
      </td>
    </tr>
  `,
};

/* Enter saves, Escape leaves the entry as it was, but for those that end a composition. */
export const TableEditor = {
  props: {
    entry: Object,
    columns: Number, // of the table
  },
  emits: ["done"], // with whether it is saved
  setup(props, { emit }) {
    const { id, ...before } = props.entry;
    const balance = ref(decimal(before.balance));
    const date = ref(before.date);
    const problem = shallowRef(null); // an Error, with the `errors` of fields
    const saving = ref(false);
    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    const isWrong = (name) => problem.value?.errors?.some((error) => error.field === name) ?? false;
    onMounted(() => field.value.select());
    watch([balance, date], () => (problem.value = null));

    /* Send what was changed, and no more: another device may have changed the rest. Return whether there was
     * anything; throw an Error of a field, or what the outbox throws. */
    async function change() {
      const typed = Object.entries({ balance: readRand(balance.value), date: date.value });
      const wrong = wrongDate(day.value.validity);
      if (wrong) throw wrong;
      const values = Object.fromEntries(typed.filter(([name, value]) => value !== before[name]));
      if (!Object.keys(values).length) return false;
      const name = words({ ...before, ...values });
      const undone = Object.fromEntries(Object.keys(values).map((each) => [each, before[each]]));
      const step = { said: `Changed ${words(before)}`, call: "change", id, values: undone, made: values };
      addStep(step);
      await send({ call: "change", id, values, name: `change to ${name}`, done: `Changed to ${name}`, step });
      return true;
    }

    async function save() {
      if (saving.value) return;
      saving.value = true;
      try {
        emit("done", await change());
      } catch (failure) {
        problem.value = failure;
        if (!field.value)
          tellFailure(failure); // the editor has gone meanwhile
        else if (!isTypingOutside(field.value.form)) (isWrong("date") ? day : field).value.focus();
      }
      saving.value = false;
    }

    return { balance, date, isWrong, problem, save, saving };
  },
  template: /* html */ `
    <tr class="editor" @keydown.enter="$event.isComposing && $event.preventDefault()"
        @keydown.esc="$event.isComposing || $emit('done')">
      <td class="date">
        <input ref="day" v-model="date" form="editor" type="date" :min="FIRST_DAY" :max="account.today" required aria-label="Date"
               :aria-invalid="isWrong('date')" :aria-describedby="isWrong('balance') ? null : 'editor-error'">
      </td>
      <td class="balance">
        <span class="money">
          <input ref="field" v-model.trim="balance" form="editor" inputmode="decimal" autocomplete="off"
                 :aria-label="'Balance of ' + fullDate(entry.date)" :aria-invalid="isWrong('balance')"
                 aria-describedby="editor-error">
        </span>
      </td>
      <td class="answer" :colspan="columns - 2">
        <form id="editor" novalidate @submit.prevent="save">
          <p id="editor-error" class="error" role="alert">{{ problem?.message }}</p>
          <button type="button" class="quiet" @click="$emit('done')">Cancel</button>
          <button class="main" :aria-disabled="saving">{{ saving ? "Saving…" : "Save" }}</button>
        </form>
      </td>
    </tr>
  `,
};
