// The parts of ECharts that charts_echarts.js needs, and no more: a third of the whole.
import { init, use } from "echarts/core";
import { BarChart, LineChart, ScatterChart, TreemapChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, TreemapChart, GridComponent, CanvasRenderer]);
globalThis.echarts = { init };
