// A tree of groups, families and machines as rows: those that are unfolded, in order.
import { computed, type ComputedRef, type Ref } from "vue";

import { type Filter, viewState } from "../filters/filterSet";
import { many } from "../filters/urlState";

export interface TreeRow<Node> {
  key: string;
  node: Node;
  /** From 1. */
  level: number;
  /** Undefined for a row without children. */
  isOpen: boolean | undefined;
  /** The nodes from its root to itself; of rows that are in no table. */
  path?: readonly Node[];
}

/** What makes a table a tree: its rows are those that are unfolded. */
export interface Tree<Row> {
  /** From 1. */
  level: (row: Row) => number;
  /** Undefined for a row without children. */
  isOpen: (row: Row) => boolean | undefined;
}

interface Shape<Node> {
  /** Name of a node among its siblings. */
  key: (node: Node) => string;
  /** Its children, asked for once, when it unfolds; undefined for a leaf. */
  children: (node: Node) => (() => readonly Node[]) | undefined;
}

/** Names a row by the names from its root to itself. */
export const pathOf = (...names: readonly string[]) => names.join("\n");

/** The rows of a tree that are unfolded, in the address, by their paths. */
export function openedState(): Filter<readonly string[], never> {
  return viewState<readonly string[]>(
    [],
    (query) => many(query, "open"),
    (opened) => ({ open: opened }),
  );
}

/** `opened` are the paths of the rows that are unfolded. */
export function useTree<Node extends object>(roots: () => readonly Node[], { key, children }: Shape<Node>, opened: Ref<readonly string[]>) {
  const isOpened = computed(() => new Set(opened.value));
  // Nodes and rows stay the same objects while a tree only folds, so that the table draws only what is new.
  const known = new WeakMap<Node, { children?: readonly Node[]; row?: TreeRow<Node> }>();

  function rowOf(key: string, node: Node, level: number, isOpen: boolean | undefined): TreeRow<Node> {
    const kept = known.get(node) ?? {};
    known.set(node, kept);
    if (kept.row?.key !== key || kept.row.isOpen !== isOpen) kept.row = { key, node, level, isOpen };
    return kept.row;
  }
  function childrenOf(node: Node, read: () => readonly Node[]): readonly Node[] {
    const kept = known.get(node)!;
    return (kept.children ??= read());
  }

  function rowsOf(nodes: readonly Node[], level: number, above: string): TreeRow<Node>[] {
    return nodes.flatMap((node) => {
      const path = above === "" ? key(node) : pathOf(above, key(node));
      const below = children(node);
      const isOpen = below && isOpened.value.has(path);
      const row = rowOf(path, node, level, isOpen);
      return isOpen ? [row, ...rowsOf(childrenOf(node, below), level + 1, path)] : [row];
    });
  }

  const rows: ComputedRef<TreeRow<Node>[]> = computed(() => rowsOf(roots(), 1, ""));
  function fold(row: TreeRow<Node>): void {
    opened.value = isOpened.value.has(row.key) ? opened.value.filter((path) => path !== row.key) : [...opened.value, row.key];
  }

  /** All rows, whether unfolded or not, each with the nodes from its root to itself. Nothing of them is kept. */
  function* everyRow(nodes = roots(), above: readonly Node[] = []): Generator<TreeRow<Node>> {
    for (const node of nodes) {
      const path = [...above, node];
      yield { key: key(node), node, level: path.length, isOpen: undefined, path };
      yield* everyRow(children(node)?.() ?? [], path);
    }
  }
  return { rows, fold, everyRow };
}
