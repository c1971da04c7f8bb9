Attribute VB_Name = "WbRibbon"
Option Explicit
' The callback that ribbon.xml names; the id of a button is the action it starts.

Public Sub OnWbAction(control As IRibbonControl)
    WbBridge.RunAction control.ID
End Sub
