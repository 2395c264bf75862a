/** @type {Record<string, string>} */
export default {
  notify: "Hay un contacto de {campaign} reservado para usted.",
  shortcuts: "Atajos de teclado",
  next: "Siguiente contacto",
  dial: "Marcar",
  skip: "Omitir",
  keep: "Conservar más tiempo",
  outcome: "Resultado",
  focus: "Ir a esta barra",
  "key.choose": "Elegir, donde la barra pregunta",
  "key.confirm": "Confirmar lo elegido",
  "key.back": "Volver",
  "key.list": "Mostrar u ocultar esta lista",
  close: "Cerrar",
};
