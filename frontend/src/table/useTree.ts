// A tree of groups, families and machines as rows: those that are unfolded, in order.
import { computed, ref, type ComputedRef } from "vue";

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

export function useTree<Node extends object>(roots: () => readonly Node[], { key, children }: Shape<Node>) {
  const opened = ref(new Set<string>());
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
      const path = above === "" ? key(node) : `${above}\n${key(node)}`;
      const below = children(node);
      const isOpen = below && opened.value.has(path);
      const row = rowOf(path, node, level, isOpen);
      return isOpen ? [row, ...rowsOf(childrenOf(node, below), level + 1, path)] : [row];
    });
  }

  const rows: ComputedRef<TreeRow<Node>[]> = computed(() => rowsOf(roots(), 1, ""));
  function fold(row: TreeRow<Node>): void {
    const next = new Set(opened.value);
    if (!next.delete(row.key)) next.add(row.key);
    opened.value = next;
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
